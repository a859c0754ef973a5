namespace Kevo.Core.Testing;

/// <summary>
/// Defects that the tests put in on purpose, to prove that they would be found. Each stands at one <c>if</c> where
/// such a mistake could be made; <c>docs/TESTING.md</c> lists what catches it.
/// </summary>
public enum PlantedBug
{
    /// <summary>No bug.</summary>
    None,

    /// <summary>Log: the name of a new segment is used before it is durable.</summary>
    SegmentNameNotSynced,

    /// <summary>Log: the last frame is believed although its checksum does not match.</summary>
    TornFrameAccepted,

    /// <summary>Log: zeros behind the last frame are taken for a record, and the next frame goes behind them.</summary>
    ZeroTailAsRecord,

    /// <summary>Log: recovery believes bytes that are only in the page cache.</summary>
    RecoveryNotSynced,

    /// <summary>Log: after a failed sync the next one is tried as if nothing had happened.</summary>
    SyncFailureForgotten,

    /// <summary>Log: the sync of a frame ends one page too early.</summary>
    FrameSyncTooShort,

    /// <summary>Log: a frame counts as durable when its sync has begun.</summary>
    DurableBeforeSyncEnds,

    /// <summary>Log: a new segment keeps the salt of the one whose file it took over.</summary>
    RecycledSaltKept,

    /// <summary>Log: the file of a deleted segment is written over while somebody has it mapped.</summary>
    MappedSegmentRecycled,

    /// <summary>Store: history is deleted before a checkpoint covers it.</summary>
    SegmentDeletedEarly,

    /// <summary>Store: replay begins one transaction too late.</summary>
    ReplaySkipsFirst,

    /// <summary>Store: a snapshot sees what was written after it.</summary>
    SnapshotSeesLater,

    /// <summary>Store: a flush leaves tombstones out although older tables exist.</summary>
    FlushLosesTombstones,

    /// <summary>Store: a merge of some runs drops their tombstones although older runs exist.</summary>
    MergeLosesTombstones,

    /// <summary>Store: of several versions of a key a merge keeps the oldest.</summary>
    MergeKeepsOldest,

    /// <summary>Store: the inputs of a merge are removed before the checkpoint lists its result.</summary>
    MergeInputsRemovedEarly,

    /// <summary>Store: a small file is renamed into place before its bytes are durable.</summary>
    ReplacementNotSynced,

    /// <summary>Tables: a table is published before its bytes are durable.</summary>
    TableNotSynced,

    /// <summary>Tables: a data block is used although its checksum does not match.</summary>
    BlockChecksumIgnored,

    /// <summary>Tables: a filter forgets one key in 64.</summary>
    FilterForgetsKeys,

    /// <summary>Promotion: what is in no table yet is left out.</summary>
    PromotionWithoutTail,

    /// <summary>Import: every operation of a batch becomes a transaction of its own.</summary>
    ImportSplitsBatches,

    /// <summary>Sidecar: the noted place is behind a transaction that is not in the log yet.</summary>
    SidecarPlaceTooFar,

    /// <summary>Replication: what was applied is acknowledged before it is synced.</summary>
    AcknowledgedBeforeSync,

    /// <summary>Replication: a stream is asked for from the number after the last one held.</summary>
    ResumeOffByOne,

    /// <summary>Replication: a transaction is taken for whole where a stock primary cut its message.</summary>
    TransactionSplitAtCut,

    /// <summary>Replication: a part of a spread transaction is taken for all of it.</summary>
    FragmentTakenAsWhole,

    /// <summary>Replication: a stream is not compared with what is held.</summary>
    OverlapCheckSkipped,

    /// <summary>Replication: neither side compares the epochs of their histories.</summary>
    EpochCheckSkipped,

    /// <summary>Replication: a node lets go of history that a node behind it needs.</summary>
    NeededHistoryDeleted,

    /// <summary>Relay: what is sent is noted only when its write has returned.</summary>
    SendingNotedLate,

    /// <summary>Store: readers see a transaction when it is applied, not when it is durable.</summary>
    VisibleBeforeDurable,

    /// <summary>Replication: an entry that comes again is applied again.</summary>
    DuplicateAppliedTwice,

    /// <summary>Replication: a number missing between live writes is passed over.</summary>
    GapIgnored,

    /// <summary>Replication: a walk counts although a transaction fell into it.</summary>
    SnapshotOverTransaction,

    /// <summary>Replication: live writes that fell into a walk are forgotten.</summary>
    WritesDuringWalkForgotten,

    /// <summary>Replication: a repair becomes durable in two parts.</summary>
    RepairInTwoParts,

    /// <summary>Replication: what an earlier stream brought is applied after the next was opened.</summary>
    QueueKeptOverStreams,

    /// <summary>Replication: a stock primary that is listened to is acknowledged after every batch.</summary>
    StockAcknowledgedPerBatch,

    /// <summary>Replication: the ticker of a stock primary that is listened to is not silenced.</summary>
    TickerNotSilenced,

    /// <summary>Replication: a stock primary that is listened to is asked again for what is missing.</summary>
    NegativeAcknowledgementUnderLoad,

    /// <summary>Replication: a stock primary that is listened to is asked for the stream after what is held.</summary>
    StockAskedForItsLog,

    /// <summary>Replication: the stream of a stock primary is not read while the queue is full.</summary>
    BackPressureOntoStock,

    /// <summary>Replication: live writes are laid over a walk although the primary's count says nothing.</summary>
    UncountedBelieved,

    /// <summary>Replication: a stream is opened at a stock primary however long the way.</summary>
    WayNotMeasured,

    /// <summary>Replication: nothing follows the request while a stream is opened at a stock primary.</summary>
    StreamNotEscorted,
}
