namespace Kevo.Storage.Compaction;

/// <summary>
/// What the checkpoint keeps of a table: enough to find it, to know it again, and to decide about it unopened.
/// </summary>
public sealed record TableDescription
{
    /// <summary>The number in its file name; unique in a directory, but no sign of age.</summary>
    public required ulong Number { get; init; }

    /// <summary>Length of the table file in bytes.</summary>
    public required long FileLength { get; init; }

    /// <summary>Length of the filter file in bytes; 0 when it has none.</summary>
    public required long FilterLength { get; init; }

    /// <summary>The number by which filter and checkpoint know the table's content.</summary>
    public required ulong Identity { get; init; }

    /// <summary>Entries, tombstones included.</summary>
    public required long EntryCount { get; init; }

    /// <summary>Tombstones among the entries.</summary>
    public required long TombstoneCount { get; init; }

    /// <summary>Bytes of keys and values.</summary>
    public required long DataBytes { get; init; }

    /// <summary>The first key.</summary>
    public required ReadOnlyMemory<byte> SmallestKey { get; init; }

    /// <summary>The last key.</summary>
    public required ReadOnlyMemory<byte> LargestKey { get; init; }
}
