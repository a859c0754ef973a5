namespace Kevo.Replication.Bootstrap;

/// <summary>What to do when a stock primary has rotated its log and sends nothing any more.</summary>
public enum RotationRule
{
    /// <summary>Keep up by snapshots until the primary is restarted.</summary>
    Snapshot = 0,

    /// <summary>Serve what is held, marked as stale, until the primary is restarted.</summary>
    Wait,
}
