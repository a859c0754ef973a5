using Grpc.Core;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Storage;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Serving;

/// <summary>Decides where a stream begins, or why it cannot.</summary>
internal static class RelayStart
{
    /// <summary>
    /// The position of the request: the last one the replica holds, sent again so that it can compare, or the beginning
    /// for 0.
    /// </summary>
    /// <exception cref="RpcException">The request is no good, or there is no history yet.</exception>
    /// <exception cref="DivergenceException">The replica's history is not this one.</exception>
    public static LogPosition Resolve(ILogSource source, WALStreamRequest request, ReplicaAnnouncement? replica)
    {
        if (request.ListenerAddress.Length == 0)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "listener_address is required"));
        }

        LogPosition last = source.Durable;
        if (last.Epoch == 0)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "this relay holds no history yet; try again"));
        }

        if (replica is { Epoch: > 0 } && replica.Epoch != last.Epoch
            && !PlantedBugs.Has(PlantedBug.EpochCheckSkipped))
        {
            throw new DivergenceException(
                $"The replica's history is of epoch {replica.Epoch}, this relay's of epoch {last.Epoch}.");
        }

        if (request.StartSequence > last.Sequence)
        {
            throw new DivergenceException(
                $"The replica holds sequence {request.StartSequence}, this relay only {last.Sequence} "
                + $"of epoch {last.Epoch}.");
        }

        // Whether the log still reaches back that far is for its cursor to say.
        return new LogPosition(last.Epoch, Math.Max(1, request.StartSequence));
    }
}
