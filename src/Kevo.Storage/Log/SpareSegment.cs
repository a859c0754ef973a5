using Kevo.Platform;

namespace Kevo.Storage.Log;

/// <summary>
/// A segment with space but without header and name: made ahead of need, or being filled by an open frame.
/// </summary>
/// <param name="Path">Its temporary path.</param>
/// <param name="Mapping">
/// Its mapping: all zeros, or what an earlier segment left, but for an open frame.
/// </param>
/// <param name="IsRecycled">Whether it was an earlier segment.</param>
internal sealed record SpareSegment(string Path, IMappedFile Mapping, bool IsRecycled);
