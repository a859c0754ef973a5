using Kevo.Server.Reporting;

namespace Kevo.Measure.Roles;

/// <summary>The status of a node that follows nobody: what the read server needs to serve a filled store.</summary>
public sealed class IdleStatus(DateTimeOffset started) : IReplicaStatus
{
    /// <inheritdoc/>
    public TimeSpan? Staleness => null;

    /// <inheritdoc/>
    public ReplicaReport GetReport() => new() { State = "WAITING_FOR_DATA", StateSince = started };
}
