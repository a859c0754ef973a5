using Kevo.Server.Metrics;
using Kevo.Storage;

namespace Kevo.Server.Reporting;

/// <summary>Puts the status document together from its sources. Thread-safe.</summary>
public sealed class StatusSource
{
    private readonly ReplicaMetrics _metrics;
    private readonly TimeProvider _time;

    /// <param name="node">Who this node is.</param>
    /// <param name="replica">The follower.</param>
    /// <param name="readiness">What decides about readiness.</param>
    /// <param name="metrics">Where sync times are.</param>
    /// <param name="time">The clock.</param>
    public StatusSource(
        NodeDescription node,
        IReplicaStatus replica,
        Readiness readiness,
        ReplicaMetrics metrics,
        TimeProvider time)
    {
        Node = node;
        Replica = replica;
        Readiness = readiness;
        _metrics = metrics;
        _time = time;
    }

    /// <summary>Who this node is; replaced when more of it is known.</summary>
    public NodeDescription Node { get; set; }

    /// <summary>The store that is filled; null (default) as long as it is not open, and where there is none.</summary>
    public IKeyValueStore? Store { get; set; }

    /// <summary>The follower.</summary>
    public IReplicaStatus Replica { get; }

    /// <summary>What decides about readiness.</summary>
    public Readiness Readiness { get; }

    /// <summary>
    /// What the read server is doing; null (default) while there is none. May be set when it has started.
    /// </summary>
    public Func<ServerActivity>? Server { get; set; }

    /// <summary>What is done for replicas of this node; null (default) while its log is not served.</summary>
    public Func<RelayActivity>? Relay { get; set; }

    /// <summary>What a sidecar has copied; null (default) for nodes that are none.</summary>
    public Func<SidecarActivity>? Sidecar { get; set; }

    /// <summary>The effective settings; asked for at every look, so that a reload shows.</summary>
    public Func<IReadOnlyList<ConfigurationItem>> Configuration { get; init; } = static () => [];

    /// <summary>Everything as of now.</summary>
    public StatusDocument GetDocument()
    {
        ReplicaReport report = Replica.GetReport();
        TimeSpan[] syncs = _metrics.RecentSyncs.Percentiles(0.5, 0.99, 1.0);
        return new StatusDocument
        {
            Now = _time.GetUtcNow(),
            Node = Node,
            Readiness = Readiness.Evaluate(report),
            Replica = report,
            Visible = Store?.Visible ?? report.Positions.Durable,
            Syncs = new SyncReport
            {
                Count = _metrics.RecentSyncs.Count,
                MedianSeconds = syncs.Length == 0 ? null : syncs[0].TotalSeconds,
                NinetyNinthSeconds = syncs.Length == 0 ? null : syncs[1].TotalSeconds,
                LongestSeconds = syncs.Length == 0 ? null : syncs[2].TotalSeconds,
            },
            Store = Store?.GetStatistics(),
            Server = Server?.Invoke(),
            Relay = Relay?.Invoke(),
            Sidecar = Sidecar?.Invoke(),
            Configuration = [.. Configuration().Select(item => item.Hidden())],
        };
    }
}
