namespace Kevo.Replication.Bootstrap;

/// <summary>Why a snapshot of the primary is taken.</summary>
public enum SnapshotReason
{
    /// <summary>None is needed.</summary>
    None = 0,

    /// <summary>A stream was opened, and what happened before it is not known.</summary>
    StreamOpened,

    /// <summary>A number is missing between two live writes: a transaction, which is never sent live.</summary>
    Hole,

    /// <summary>The primary has synced more than it has sent.</summary>
    TailHole,

    /// <summary>
    /// Nothing came for a while, which looks the same whether the primary is idle or has rotated its log.
    /// </summary>
    Silence,

    /// <summary>The log of a relay no longer has its beginning, and this node holds nothing.</summary>
    RelayBeginsLater,
}
