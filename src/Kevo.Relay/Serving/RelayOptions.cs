using Kevo.Core;
using Kevo.Wire;

namespace Kevo.Relay.Serving;

/// <summary>How a log is served to replicas.</summary>
public sealed record RelayOptions
{
    /// <summary>The name of this node; see <see cref="RelayHeaders.IsNodeId"/>.</summary>
    public required string NodeId { get; init; }

    /// <summary>Streams at a time; one more is refused. Default: 256.</summary>
    public int MaxSessions { get; init; } = 256;

    /// <summary>
    /// Bytes of a message, unless one entry alone is longer. Default: 256 KiB. Messages end at transaction boundaries;
    /// a transaction that is longer is split, and says so.
    /// </summary>
    public int MessageBytes { get; init; } = StreamResponseWriter.DefaultByteBudget;

    /// <summary>Silence on a stream after which an empty message is sent. Default: 10 s.</summary>
    public TimeSpan HeartbeatInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a replica that is away counts as known, and keeps history from being deleted. Default: 24 h.
    /// </summary>
    public TimeSpan KnownReplicaAge { get; init; } = TimeSpan.FromHours(24);

    internal void Validate()
    {
        if (!RelayHeaders.IsNodeId(NodeId))
        {
            throw new ConfigurationException(
                $"'{NodeId}' cannot name a node: use 1 to 64 letters, digits, '-', '_' and '.'.");
        }

        if (MaxSessions < 1 || MessageBytes < 1 || MessageBytes > ReplicationMethods.MaxMessageBytes / 2
            || HeartbeatInterval <= TimeSpan.Zero)
        {
            throw new ConfigurationException(
                "A relay needs room for one session, messages of 1 byte to 8 MiB, and a heartbeat interval above 0.");
        }
    }
}
