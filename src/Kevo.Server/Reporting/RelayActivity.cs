using Kevo.Core;

namespace Kevo.Server.Reporting;

/// <summary>What this node does for replicas of its own.</summary>
public sealed record RelayActivity
{
    /// <summary>host:port at which the log is served.</summary>
    public string Address { get; init; } = "";

    /// <summary>The oldest position that can be sent.</summary>
    public LogPosition First { get; init; }

    /// <summary>The newest position that can be sent.</summary>
    public LogPosition Last { get; init; }

    /// <summary>The open streams, oldest first.</summary>
    public IReadOnlyList<RelayStream> Streams { get; init; } = [];

    /// <summary>Replicas heard of lately, connected or not.</summary>
    public int KnownReplicas { get; init; }

    /// <summary>Streams opened since start.</summary>
    public long Opened { get; init; }

    /// <summary>Streams refused since start.</summary>
    public long Refused { get; init; }

    /// <summary>Calls refused by the request rate limit since start.</summary>
    public long RateRefusals { get; init; }

    /// <summary>
    /// Transactions that the slowest open stream has not acknowledged; null when no stream is open.
    /// </summary>
    public ulong? SlowestLag => Streams.Count == 0
        ? null
        : Streams.Max(stream => stream.Acknowledged.Epoch == Last.Epoch
            ? Last.Sequence - Math.Min(Last.Sequence, stream.Acknowledged.Sequence)
            : Last.Sequence);
}
