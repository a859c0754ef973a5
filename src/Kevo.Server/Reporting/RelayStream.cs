using Kevo.Core;

namespace Kevo.Server.Reporting;

/// <summary>One replica that is served from this node's log.</summary>
public sealed record RelayStream
{
    /// <summary>The name the replica gave itself; empty for a client that is none of ours.</summary>
    public string Node { get; init; } = "";

    /// <summary>The other end of the connection.</summary>
    public string Peer { get; init; } = "";

    /// <summary>When the stream was opened.</summary>
    public DateTimeOffset Connected { get; init; }

    /// <summary>When the replica was last heard.</summary>
    public DateTimeOffset Heard { get; init; }

    /// <summary>The last transaction sent whole.</summary>
    public LogPosition Sent { get; init; }

    /// <summary>The last transaction the replica says is on its disk.</summary>
    public LogPosition Acknowledged { get; init; }

    /// <summary>Message bytes sent.</summary>
    public long Bytes { get; init; }
}
