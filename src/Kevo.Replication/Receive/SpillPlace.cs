using Kevo.Platform;

namespace Kevo.Replication.Receive;

/// <summary>
/// Where received messages go that find no room in memory. What lies there is worthless after a restart and is removed
/// then.
/// </summary>
/// <param name="FileSystem">The disk.</param>
/// <param name="Directory">
/// An existing directory of this node; one file, <c>received.spill</c>, comes and goes in it.
/// </param>
public sealed record SpillPlace(IFileSystem FileSystem, string Directory);
