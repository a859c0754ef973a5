namespace Kevo.Replication.Bootstrap;

/// <summary>What is known about a stock primary that is followed by its live writes.</summary>
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

    /// <summary>Its read service does not answer: it is frozen, stopping, overloaded, or cut off.</summary>
    NotAnswering,
}
