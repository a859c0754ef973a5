namespace Kevo.Relay.Stock;

/// <summary>
/// What a stock primary does that a reader of the protocol would not expect. Each can be switched off to find out which
/// one a failure depends on, or switched on one by one.
/// </summary>
[Flags]
public enum StockQuirks
{
    /// <summary>The primary the protocol's comments describe.</summary>
    None = 0,

    /// <summary>
    /// The first message of a stream begins with the start sequence itself; everything later is above it.
    /// </summary>
    StartIsInclusiveOnce = 1 << 0,

    /// <summary>
    /// Live messages are sent only above the start sequence, so that "last + 1" loses the next write.
    /// </summary>
    BroadcastSkipsStart = 1 << 1,

    /// <summary>Every tick sends the same entries again until they are acknowledged.</summary>
    ResendsUntilAcknowledged = 1 << 2,

    /// <summary>Live messages say "compressed, ZSTD" over a raw payload.</summary>
    BroadcastsClaimCompression = 1 << 3,

    /// <summary>A stream that offered no compression, or a codec other than ZSTD, gets empty live messages.</summary>
    EmptyBroadcastsForOtherCodecs = 1 << 4,

    /// <summary>Transactions and batches are never sent live, only by ticks and negative acknowledgements.</summary>
    BatchesAreNotBroadcast = 1 << 5,

    /// <summary>
    /// A refused batch leaves the operations before the oversized one in the log, under a number used again.
    /// </summary>
    RefusedBatchesLeaveOperations = 1 << 6,

    /// <summary>A flush of the memtable starts a new log object that replication never looks at.</summary>
    RotationEndsReplication = 1 << 7,

    /// <summary>The log object that a flush starts numbers from 1 again.</summary>
    RotationRestartsNumbers = 1 << 8,

    /// <summary>
    /// Operation i of a batch is visible under version number + i, above later writes of the same key.
    /// </summary>
    BatchVersionsOverlap = 1 << 9,

    /// <summary>
    /// A put of an empty value reads as "not found" until the log is replayed, and as deleted after a flush.
    /// </summary>
    EmptyValuesAreHidden = 1 << 10,

    /// <summary>Any number can be acknowledged, also one that was never written.</summary>
    FutureAcknowledgementsAccepted = 1 << 11,

    /// <summary>An acknowledgement deletes log files by age or by the connected replicas alone.</summary>
    AcknowledgementsDeleteFiles = 1 << 12,

    /// <summary>An acknowledgement without a session id reaches some connected session.</summary>
    MissingSessionIdAccepted = 1 << 13,

    /// <summary>A graceful stop waits for the streams without limit while writes go on.</summary>
    GracefulStopWaitsForStreams = 1 << 14,

    /// <summary>The node information names sequence 0 after a restart until the first write.</summary>
    LastSequenceForgottenAtRestart = 1 << 15,

    /// <summary>A dropped session is forgotten, but its stream stays open and its ticks go on.</summary>
    DroppedSessionsKeepStreaming = 1 << 16,

    /// <summary>Scan prefers the oldest flushed memtable, so that two flushes make it stale.</summary>
    StaleScan = 1 << 17,

    /// <summary>After a restart Get misses keys that are only in tables.</summary>
    GetMissesTableKeys = 1 << 18,

    /// <summary>After a restart Scan with a start key begins too late in tables.</summary>
    ScanStartsLate = 1 << 19,

    /// <summary>A bad key in TxGet forgets the transaction without giving its lock back.</summary>
    BadKeyLeaksTransactionLock = 1 << 20,

    /// <summary>Everything stock does.</summary>
    All = (1 << 21) - 1,
}
