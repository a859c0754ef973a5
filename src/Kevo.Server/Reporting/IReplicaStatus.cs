namespace Kevo.Server.Reporting;

/// <summary>
/// What the server asks the follower about itself: the one source of status, readiness, metrics and staleness, so that
/// all of them say the same. Thread-safe.
/// </summary>
public interface IReplicaStatus
{
    /// <summary>
    /// How old the visible data may be at this moment: the time since the replica last knew it held everything the
    /// primary had. Null when it cannot tell. Cheap: asked for on every read when a limit is set.
    /// </summary>
    TimeSpan? Staleness { get; }

    /// <summary>
    /// Everything known, as of now. Allocates; asked for by scrapes, probes and status requests only.
    /// </summary>
    ReplicaReport GetReport();
}
