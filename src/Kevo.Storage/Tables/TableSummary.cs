namespace Kevo.Storage.Tables;

/// <summary>What a finished table holds.</summary>
public sealed record TableSummary
{
    /// <summary>The path of the table.</summary>
    public required string Path { get; init; }

    /// <summary>Length of the table file in bytes.</summary>
    public required long FileLength { get; init; }

    /// <summary>Length of the filter file in bytes; 0 when none was written.</summary>
    public required long FilterLength { get; init; }

    /// <summary>Entries, tombstones included.</summary>
    public required long EntryCount { get; init; }

    /// <summary>Tombstones among the entries.</summary>
    public required long TombstoneCount { get; init; }

    /// <summary>The first key.</summary>
    public required ReadOnlyMemory<byte> SmallestKey { get; init; }

    /// <summary>The last key.</summary>
    public required ReadOnlyMemory<byte> LargestKey { get; init; }

    /// <summary>Bytes of keys and values.</summary>
    public required long DataBytes { get; init; }

    /// <summary>What <see cref="TableReader.Identity"/> will say.</summary>
    public required ulong Identity { get; init; }
}
