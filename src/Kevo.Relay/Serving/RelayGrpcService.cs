using Grpc.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Serving;

/// <summary>Puts <see cref="RelayService"/> behind gRPC.</summary>
internal sealed class RelayGrpcService(RelayService relay) : ReplicationServiceBase
{
    public override Task StreamWAL(
        WALStreamRequest request, IServerStreamWriter<EncodedResponse> responseStream, ServerCallContext context) =>
        relay.ServeAsync(
            request,
            context.RequestHeaders,
            context.Peer,
            new GrpcOutput(responseStream, context),
            context.CancellationToken);

    public override Task<AckResponse> Acknowledge(Ack request, ServerCallContext context) =>
        Task.FromResult(relay.Acknowledge(request, context.RequestHeaders));

    public override Task<NackResponse> NegativeAcknowledge(Nack request, ServerCallContext context) =>
        Task.FromResult(relay.NegativeAcknowledge(request, context.RequestHeaders));

    private sealed class GrpcOutput(IServerStreamWriter<EncodedResponse> stream, ServerCallContext context)
        : IRelayOutput
    {
        public Task WriteHeadersAsync(Metadata headers) => context.WriteResponseHeadersAsync(headers);

        public Task WriteAsync(EncodedResponse message, CancellationToken cancellationToken) =>
            stream.WriteAsync(message, cancellationToken);
    }
}
