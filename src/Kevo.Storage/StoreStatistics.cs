namespace Kevo.Storage;

/// <summary>Figures about a store at one moment.</summary>
public sealed record StoreStatistics
{
    /// <summary>
    /// Live keys; an estimate (versions and tombstones not yet merged away are corrected for as far as known).
    /// </summary>
    public long EstimatedKeyCount { get; init; }

    /// <summary>Bytes of keys and values held, an estimate like <see cref="EstimatedKeyCount"/>.</summary>
    public long EstimatedDataBytes { get; init; }

    /// <summary>Bytes of log segments on disk.</summary>
    public long LogBytes { get; init; }

    /// <summary>Bytes of tables and filters on disk.</summary>
    public long TableBytes { get; init; }

    /// <summary>Tables in the current version.</summary>
    public int TableCount { get; init; }

    /// <summary>Sorted runs the tables form; a lookup of an absent key asks the filter of one table in each.</summary>
    public int RunCount { get; init; }

    /// <summary>Memtables in memory: the active one and those being flushed.</summary>
    public int MemtableCount { get; init; }

    /// <summary>Flushes since start.</summary>
    public long FlushCount { get; init; }

    /// <summary>Compactions since start.</summary>
    public long CompactionCount { get; init; }

    /// <summary>
    /// Bytes written to tables by flush and compaction per byte flushed, since start; 1.0 before the first.
    /// </summary>
    public double WriteAmplification { get; init; } = 1.0;

    /// <summary>Bytes of tables per byte of live data, an estimate; 1.0 when empty.</summary>
    public double SpaceAmplification { get; init; } = 1.0;

    /// <summary>Snapshots open now.</summary>
    public int OpenSnapshots { get; init; }
}
