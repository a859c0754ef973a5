using Kevo.Core;
using Kevo.Storage;

namespace Kevo.Server.Reporting;

/// <summary>What <c>/status</c> answers: everything an operator may ask of a node. A null means "unknown".</summary>
public sealed record StatusDocument
{
    /// <summary>The node's clock when this was made.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>Who the node is.</summary>
    public required NodeDescription Node { get; init; }

    /// <summary>Whether it is ready, and why not.</summary>
    public required ReadinessReport Readiness { get; init; }

    /// <summary>The follower.</summary>
    public required ReplicaReport Replica { get; init; }

    /// <summary>The last position readers see.</summary>
    public LogPosition Visible { get; init; }

    /// <summary>The last syncs.</summary>
    public required SyncReport Syncs { get; init; }

    /// <summary>The store; null while it is not open, and where there is none.</summary>
    public StoreStatistics? Store { get; init; }

    /// <summary>The read server; null while there is none.</summary>
    public ServerActivity? Server { get; init; }

    /// <summary>What is done for replicas of this node; null when its log is not served.</summary>
    public RelayActivity? Relay { get; init; }

    /// <summary>What a sidecar has copied; null when the node is none.</summary>
    public SidecarActivity? Sidecar { get; init; }

    /// <summary>The effective settings, secrets hidden.</summary>
    public IReadOnlyList<ConfigurationItem> Configuration { get; init; } = [];
}
