namespace Kevo.Storage.Tables;

/// <summary>
/// Walks entries, tombstones included, in strictly ascending unsigned byte order of their keys: one entry per key.
/// Tables and memtables offer it, and merges are made of it. One thread at a time.
/// </summary>
public interface IOrderedCursor : IDisposable
{
    /// <summary>The current key; valid until the cursor moves.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>The current value, empty for a tombstone; valid until the cursor moves.</summary>
    ReadOnlySpan<byte> Value { get; }

    /// <summary>The sequence number stored with the entry; 0 when its writer kept none.</summary>
    ulong Sequence { get; }

    /// <summary>True when the entry says that the key is deleted.</summary>
    bool IsTombstone { get; }

    /// <summary>Moves to the next entry, at first to the first one; false at the end, and from then on.</summary>
    /// <exception cref="Core.StorageException">A block on the way is corrupt.</exception>
    bool MoveNext();

    /// <summary>
    /// Moves, forwards or backwards, onto the first entry whose key is at or after <paramref name="key"/>; false when
    /// there is none, and then the cursor is at its end.
    /// </summary>
    /// <exception cref="Core.StorageException">A block on the way is corrupt.</exception>
    bool Seek(ReadOnlySpan<byte> key);
}
