using Kevo.Core;

namespace Kevo.Replication.Bootstrap;

/// <summary>When snapshots of a stock primary are taken, and what they may cost.</summary>
public sealed record SnapshotOptions
{
    /// <summary>Whether snapshots are taken at all (default: when needed).</summary>
    public BootstrapRule Bootstrap { get; init; } = BootstrapRule.Auto;

    /// <summary>What follows a rotation of the primary's log (default: snapshots).</summary>
    public RotationRule OnRotation { get; init; } = RotationRule.Snapshot;

    /// <summary>What follows a divergence (default: stop).</summary>
    public DivergenceRule OnDivergence { get; init; } = DivergenceRule.Stop;

    /// <summary>
    /// Least time between the end of a snapshot and the start of the next (default 10 s). Four times the length of the
    /// last one if that is longer, so that a large primary is not walked all the time.
    /// </summary>
    public TimeSpan Interval
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ConfigurationException($"The snapshot interval is {value}; it must be above 0.");
    } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time between two questions to the primary for its last sequence, which tell a live primary from a frozen one
    /// (default 5 s).
    /// </summary>
    public TimeSpan CheckInterval
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ConfigurationException($"The check interval is {value}; it must be above 0.");
    } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Time without a live write after which a walk finds out whether the primary is idle or has rotated its log
    /// (default 20 s). The next one comes when as much time has passed again, or 19 times the length of the walk (up to
    /// ten minutes) if that is longer: an idle primary is walked a twentieth of the time at most.
    /// </summary>
    public TimeSpan SilenceLimit
    {
        get;
        init => field = value > TimeSpan.Zero
            ? value
            : throw new ConfigurationException($"The silence limit of snapshots is {value}; it must be above 0.");
    } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Most bytes of differences that are applied as one repair transaction (default 32 MiB). More differences than
    /// that become a new epoch with the primary's whole content.
    /// </summary>
    public long RepairBytesMax
    {
        get;
        init => field = value >= 0
            ? value
            : throw new ConfigurationException($"The limit of repair bytes is {value}; it must not be negative.");
    } = 32L << 20;
}
