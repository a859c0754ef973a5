using Grpc.Core;
using Kevo.Core;

namespace Kevo.Wire;

/// <summary>
/// What our replicas say of themselves in the request metadata of a stream. Stock primaries ignore it, and stock
/// replicas do not send it.
/// </summary>
/// <param name="NodeId">Name of the replica; see <see cref="RelayHeaders.IsNodeId"/>.</param>
/// <param name="Epoch">Epoch of the start sequence; 0 while the replica holds no history.</param>
public sealed record ReplicaAnnouncement(string NodeId, ulong Epoch)
{
    /// <summary>Reads the announcement; null when the caller is none of our replicas.</summary>
    /// <exception cref="ProtocolException">It is incomplete or malformed.</exception>
    public static ReplicaAnnouncement? Read(Metadata headers)
    {
        if (RelayHeaders.Single(headers, RelayHeaders.NodeId) is null
            && RelayHeaders.Single(headers, RelayHeaders.Epoch) is null)
        {
            return null;
        }

        return new ReplicaAnnouncement(
            RelayHeaders.NodeIdOf(headers), RelayHeaders.Number(headers, RelayHeaders.Epoch));
    }

    /// <summary>Adds the announcement to request metadata.</summary>
    /// <exception cref="ProtocolException">A receiver would refuse it.</exception>
    public void WriteTo(Metadata headers)
    {
        ArgumentNullException.ThrowIfNull(headers);
        if (!RelayHeaders.IsNodeId(NodeId))
        {
            throw RelayHeaders.Bad(RelayHeaders.NodeId, NodeId);
        }

        headers.Add(RelayHeaders.NodeId, NodeId);
        headers.Add(RelayHeaders.Epoch, RelayHeaders.Format(Epoch));
    }
}
