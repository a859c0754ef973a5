namespace Kevo.Replication.Follow;

/// <summary>What the replica's loop is doing. <see cref="TransitionTable"/> says which may follow which.</summary>
public enum ReplicaState
{
    /// <summary>CONNECTING: opening the connection to the primary, for at most the dial timeout.</summary>
    Connecting = 0,

    /// <summary>STREAMING_ENTRIES: opening the stream if none is open, and taking what has arrived.</summary>
    StreamingEntries,

    /// <summary>APPLYING_ENTRIES: decoding, ordering and applying what was taken.</summary>
    ApplyingEntries,

    /// <summary>FSYNC_PENDING: making what was applied durable.</summary>
    FsyncPending,

    /// <summary>ACKNOWLEDGING: telling the primary what is durable.</summary>
    Acknowledging,

    /// <summary>WAITING_FOR_DATA: nothing to do until something arrives, falls due, or the node stops.</summary>
    WaitingForData,

    /// <summary>ERROR: a failure was recorded; backing off before connecting again.</summary>
    Error,
}
