using Grpc.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Serving;

/// <summary>
/// The replication service with responses that are already encoded. It takes the place of the generated base class,
/// whose stream would need an object for every entry; the server finds the methods by name and signature.
/// </summary>
[BindServiceMethod(typeof(ReplicationServiceBase), nameof(BindService))]
internal abstract class ReplicationServiceBase
{
    /// <summary>Opens a stream of the log.</summary>
    public abstract Task StreamWAL(
        WALStreamRequest request, IServerStreamWriter<EncodedResponse> responseStream, ServerCallContext context);

    /// <summary>Acknowledges what is durable at the replica.</summary>
    public abstract Task<AckResponse> Acknowledge(Ack request, ServerCallContext context);

    /// <summary>Asks for entries again.</summary>
    public abstract Task<NackResponse> NegativeAcknowledge(Nack request, ServerCallContext context);

    /// <summary>
    /// Called by the server to learn the methods; with a null implementation only to learn their shapes.
    /// </summary>
    public static void BindService(ServiceBinderBase binder, ReplicationServiceBase? service)
    {
        binder.AddMethod(
            ReplicationMethods.SendStream,
            service is null
                ? null : new ServerStreamingServerMethod<WALStreamRequest, EncodedResponse>(service.StreamWAL));
        binder.AddMethod(
            ReplicationMethods.Acknowledge,
            service is null ? null : new UnaryServerMethod<Ack, AckResponse>(service.Acknowledge));
        binder.AddMethod(
            ReplicationMethods.NegativeAcknowledge,
            service is null ? null : new UnaryServerMethod<Nack, NackResponse>(service.NegativeAcknowledge));
    }
}
