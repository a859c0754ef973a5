namespace Kevo.Replication.Bootstrap;

/// <summary>
/// What is known about the primary; all but the last are said of a stock primary that is listened to.
/// </summary>
public enum PrimaryCondition
{
    /// <summary>Nothing yet, or it is a relay, which says by itself how it is.</summary>
    Unknown = 0,

    /// <summary>It answers, and what it sends matches what it says it has.</summary>
    Live,

    /// <summary>
    /// It goes on writing but sends nothing any more: it rotated its log, which ends replication until it is restarted.
    /// </summary>
    Rotated,

    /// <summary>Its read service does not answer: it is frozen, overloaded, or cut off.</summary>
    NotAnswering,

    /// <summary>
    /// It stops in good order, takes no connections any more, and waited for this node's stream to end.
    /// </summary>
    Stopping,

    /// <summary>
    /// It was restarted and has written nothing since, so that it says no number; and what it shows is not what is
    /// held here. Nothing is changed before its first write tells whether its history goes on.
    /// </summary>
    Restarted,

    /// <summary>
    /// The way to it is too long: the one acknowledgement that makes listening harmless could come too late. No stream
    /// is open.
    /// </summary>
    TooFar,

    /// <summary>No stream is open: it cannot be reached, refuses, or broke off.</summary>
    Unreachable,
}
