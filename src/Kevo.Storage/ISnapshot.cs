using Kevo.Core;

namespace Kevo.Storage;

/// <summary>
/// A stable view of the store at one position. Spans it hands out live until it is disposed. Not thread-safe, except
/// that <see cref="IDisposable.Dispose"/> may be called when no other call is under way.
/// </summary>
public interface ISnapshot : IDisposable
{
    /// <summary>The position this view reflects.</summary>
    LogPosition Position { get; }

    /// <summary>Looks a key up; false when it is absent or deleted.</summary>
    /// <exception cref="StorageException">
    /// A block that should answer is corrupt; never reported as "absent".
    /// </exception>
    bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value);

    /// <summary>
    /// Walks live keys in ascending unsigned byte order from <paramref name="start"/> (inclusive; empty = the first) to
    /// <paramref name="end"/> (exclusive; empty = the last).
    /// </summary>
    IEntryCursor Scan(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end);

    /// <summary>
    /// Says that the view is in good use, so that a store which limits the age of views counts it anew from now.
    /// </summary>
    void Renew()
    {
    }
}
