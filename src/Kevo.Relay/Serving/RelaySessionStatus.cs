using Kevo.Core;

namespace Kevo.Relay.Serving;

/// <summary>One stream as status output shows it.</summary>
public sealed record RelaySessionStatus
{
    /// <summary>The id both sides use for the session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The name the replica gave itself; null for a client that is none of ours.</summary>
    public required string? NodeId { get; init; }

    /// <summary>Where the replica says its readers find it.</summary>
    public required string ListenerAddress { get; init; }

    /// <summary>The other end of the connection.</summary>
    public required string Peer { get; init; }

    /// <summary>Where the stream began.</summary>
    public required LogPosition Start { get; init; }

    /// <summary>The last transaction sent whole.</summary>
    public required LogPosition Sent { get; init; }

    /// <summary>The last transaction the replica says is on its disk.</summary>
    public required LogPosition Acknowledged { get; init; }

    /// <summary>When the stream was opened.</summary>
    public required DateTimeOffset Connected { get; init; }

    /// <summary>When the replica last acknowledged, or the stream was opened.</summary>
    public required DateTimeOffset LastHeard { get; init; }

    /// <summary>Messages sent, heartbeats included.</summary>
    public required long Messages { get; init; }

    /// <summary>Message bytes sent.</summary>
    public required long Bytes { get; init; }
}
