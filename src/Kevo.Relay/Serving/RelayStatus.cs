using Kevo.Core;

namespace Kevo.Relay.Serving;

/// <summary>What a relay is doing, at one moment.</summary>
public sealed record RelayStatus
{
    /// <summary>The name of this node.</summary>
    public required string NodeId { get; init; }

    /// <summary>The oldest position it can send.</summary>
    public required LogPosition First { get; init; }

    /// <summary>The newest position it can send.</summary>
    public required LogPosition Last { get; init; }

    /// <summary>Nodes upstream, nearest first.</summary>
    public required IReadOnlyList<string> Path { get; init; }

    /// <summary>The open streams, oldest first.</summary>
    public required IReadOnlyList<RelaySessionStatus> Sessions { get; init; }

    /// <summary>Replicas heard of within the limit, whether connected or not.</summary>
    public required IReadOnlyList<KnownReplica> Replicas { get; init; }

    /// <summary>Streams opened since start.</summary>
    public required long SessionsOpened { get; init; }

    /// <summary>Streams refused since start.</summary>
    public required long SessionsRefused { get; init; }
}
