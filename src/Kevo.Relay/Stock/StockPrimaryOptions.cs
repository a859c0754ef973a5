using Kevo.Core;

namespace Kevo.Relay.Stock;

/// <summary>The knobs of the simulated stock primary; the defaults are what the real one was measured to do.</summary>
public sealed record StockPrimaryOptions
{
    /// <summary>Which peculiarities are on. Default: all.</summary>
    public StockQuirks Quirks { get; init; } = StockQuirks.All;

    /// <summary>Which lock cycles freeze the primary. Default: none; a real one has all.</summary>
    public StockFreezeCycles FreezeCycles { get; init; }

    /// <summary>How long a write holds the log while it is synced; what the freeze cycles call "meanwhile".</summary>
    public TimeSpan SyncDuration { get; init; } = TimeSpan.FromMilliseconds(1);

    /// <summary>How long a tick needs to take its locks; an acknowledgement within it meets the tick.</summary>
    public TimeSpan TickDuration { get; init; } = TimeSpan.FromMicroseconds(50);

    /// <summary>
    /// Whether writes and reads wait while the unsent bytes of a stream are over <see cref="StreamWindow"/>.
    /// </summary>
    public bool BlocksOnFullWindow { get; init; }

    /// <summary>Bytes a stream takes before the primary blocks: one HTTP/2 window.</summary>
    public int StreamWindow { get; init; } = 64 * 1024;

    /// <summary>Time between the ticks of a session.</summary>
    public TimeSpan TickInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Entries a tick, a first message or the answer to a negative acknowledgement holds at most.</summary>
    public int MessageEntries { get; init; } = 100;

    /// <summary>Bytes of the largest message the primary can send; a larger one kills the stream.</summary>
    public int SendLimit { get; init; } = 16 * 1024 * 1024;

    /// <summary>Time between two looks at all sessions.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which a session gets an empty message.</summary>
    public TimeSpan HeartbeatIdle { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which a session is forgotten.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Bytes of a memtable that lead to a flush, and with it to a rotation of the log.</summary>
    public long MemtableSize { get; init; } = 32L * 1024 * 1024;

    /// <summary>Memtables a start may fill; more, and the whole log is set aside.</summary>
    public int MaxMemtables { get; init; } = 4;

    /// <summary>Age of the memtable at which the next write leads to a flush; zero switches it off.</summary>
    public TimeSpan MaxMemtableAge { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Time between the looks of the background flusher, after an over-full restart.</summary>
    public TimeSpan FlushInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Age of a log file at which any acknowledgement deletes it.</summary>
    public TimeSpan FileRetention { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Bytes above which a start does not append to the newest file but begins another.</summary>
    public long FileSizeForReuse { get; init; } = 64L * 1024 * 1024;

    /// <summary>When writes are synced.</summary>
    public StockSyncMode SyncMode { get; init; } = StockSyncMode.Immediate;

    /// <summary>Bytes between syncs in <see cref="StockSyncMode.Batch"/>.</summary>
    public long SyncBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes of the largest log record; longer elements of a batch are refused.</summary>
    public int RecordLimit { get; init; } = 32_768;

    /// <summary>The first number of a fresh primary.</summary>
    public ulong FirstSequence { get; init; } = 1;

    /// <summary>
    /// Rows after which a Scan is cut off with UNAVAILABLE, as by the five-minute limit; null for never.
    /// </summary>
    public int? ScanRowsBeforeCut { get; init; }

    /// <summary>Where the primary says replicas find it (its own replication address, verbatim).</summary>
    public string ReplicationAddress { get; init; } = "localhost:50052";

    /// <summary>The version it reports.</summary>
    public string Version { get; init; } = "1.4.2";

    /// <summary>Idle time, and life of a read-write transaction, after which it is rolled back.</summary>
    public TimeSpan TransactionIdle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Life of a read-only transaction.</summary>
    public TimeSpan ReadOnlyTransactionLife { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>Life of a read-write transaction.</summary>
    public TimeSpan ReadWriteTransactionLife { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long the begin of a transaction waits for its lock.</summary>
    public TimeSpan TransactionBeginTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time between two looks for transactions that expired.</summary>
    public TimeSpan TransactionCleanupInterval { get; init; } = TimeSpan.FromSeconds(30);

    internal bool Has(StockQuirks quirk) => (Quirks & quirk) != 0;

    internal void Validate()
    {
        if (TickInterval <= TimeSpan.Zero || HeartbeatInterval <= TimeSpan.Zero || MessageEntries < 1)
        {
            throw new ConfigurationException(
                "The stock primary needs a tick interval, a heartbeat interval and a message cap above zero.");
        }
    }
}
