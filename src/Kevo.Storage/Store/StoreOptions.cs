using Kevo.Core;
using Kevo.Storage.Compaction;
using Kevo.Storage.Log;

namespace Kevo.Storage.Store;

/// <summary>Settings of a <see cref="ReplicaStore"/>. Values are checked when they are set.</summary>
public sealed record StoreOptions
{
    /// <summary>The least memory limit, 16 MiB.</summary>
    public const long MinMemoryLimit = 16 << 20;

    /// <summary>Memtables at most: the active one and those waiting to be flushed.</summary>
    public const int MemtablesMax = 4;

    private const long GrownBatchMax = 16 << 20;

    /// <summary>
    /// The data directory. The log lies in <c>log/</c>, tables in <c>tables/</c>, the checkpoint in <c>CHECKPOINT</c>;
    /// the lock is on the directory itself. Created if absent.
    /// </summary>
    public required string Directory { get; init; }

    /// <summary>
    /// Bytes of memory the store may keep resident for data, 256 MiB by default: half for memtables (with the log bytes
    /// they point to), half for table blocks. The process needs more for itself; twice this limit is a safe bound for
    /// all of it.
    /// </summary>
    /// <exception cref="ConfigurationException">Below <see cref="MinMemoryLimit"/>.</exception>
    public long MemoryLimit
    {
        get;
        init => field = value >= MinMemoryLimit
            ? value
            : throw new ConfigurationException(
                $"A memory limit of {value} bytes is unusable: it must be at least {MinMemoryLimit}.");
    } = 256L << 20;

    /// <summary>
    /// Bytes at which a memtable is flushed, its nodes and its part of the log together. 0, the default: an eighth of
    /// <see cref="MemoryLimit"/>.
    /// </summary>
    /// <exception cref="ConfigurationException">Negative.</exception>
    public long MemtableBytes
    {
        get => field == 0 ? MemoryLimit / (2 * MemtablesMax) : field;
        init => field = value >= 0 ? value : throw new ConfigurationException("Memtable bytes cannot be negative.");
    }

    /// <summary>
    /// Bytes of log up to which a batch grows while the disk is still at work on the batch before: half of
    /// <see cref="MemtableBytes"/> or of a segment, at most 16 MiB, which is what comes in during a stall of 0.1 s or
    /// more.
    /// </summary>
    public long GrownBatchBytes => Math.Min(Math.Min(MemtableBytes, LogSegmentSize) / 2, GrownBatchMax);

    /// <summary>
    /// Entries of a batch that go into the memtable at once: some milliseconds. The rest of a larger one follows while
    /// the next batch comes in.
    /// </summary>
    internal int InsertAtOnce { get; init; } = 8_192;

    /// <summary>
    /// Bytes at which a table is closed and the next begun. Default 64 MiB: few files, yet merges can keep whole
    /// tables.
    /// </summary>
    /// <exception cref="ConfigurationException">Outside 1 KiB to 2 GiB.</exception>
    public long TableBytes
    {
        get;
        init => field = value is >= 1 << 10 and <= 2L << 30
            ? value
            : throw new ConfigurationException(
                $"A table size of {value} bytes is unusable: it must be from 1 KiB to 2 GiB.");
    } = 64 << 20;

    /// <summary>
    /// Bits per key of the filters beside the tables; 0 for none. Default 10: one lookup in a hundred reads a block in
    /// vain.
    /// </summary>
    public int FilterBitsPerKey { get; init; } = 10;

    /// <summary>Bytes of keys and values at which a table's block is closed. Default 16 KiB.</summary>
    public int BlockBytes { get; init; } = 16 << 10;

    /// <summary>
    /// Bytes of log kept behind the checkpoint for those who follow this node. Default 256 MiB. What a cursor or a pin
    /// needs is kept beyond it.
    /// </summary>
    public long LogRetentionBytes { get; init; } = 256L << 20;

    /// <summary>Bytes of a log segment; see <see cref="LogOptions.SegmentSize"/>.</summary>
    public int LogSegmentSize { get; init; } = LogOptions.DefaultSegmentSize;

    /// <summary>Snapshots that may be open at a time. Default 4096.</summary>
    /// <exception cref="ConfigurationException">Below 1.</exception>
    public int MaxSnapshots
    {
        get;
        init => field = value >= 1 ? value : throw new ConfigurationException("At least one snapshot must be allowed.");
    } = 4096;

    /// <summary>
    /// How long a snapshot may be used. Default 10 minutes: longer than any transaction stock allows, short enough that
    /// a forgotten one does not hold disk space for good.
    /// </summary>
    /// <exception cref="ConfigurationException">Not positive.</exception>
    public TimeSpan MaxSnapshotAge
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ConfigurationException("The age of snapshots must be positive.");
    } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Bytes of entries that one background step goes through. Default 1 MiB: a few milliseconds, so that the writer
    /// never waits long for a step of another thread.
    /// </summary>
    /// <exception cref="ConfigurationException">Not positive.</exception>
    public long StepBytes
    {
        get;
        init => field = value > 0 ? value : throw new ConfigurationException("The bytes of a step must be positive.");
    } = 1 << 20;

    /// <summary>When runs are merged.</summary>
    public CompactionOptions Compaction { get; init; } = new();

    /// <summary>Hears how far opening is: reading the log, opening tables, replaying; nobody when null.</summary>
    public IProgress<WorkProgress>? Progress { get; init; }

    /// <summary>See <see cref="LogOptions.SaltSource"/>; null for random salts.</summary>
    public Func<ulong>? LogSaltSource { get; init; }
}
