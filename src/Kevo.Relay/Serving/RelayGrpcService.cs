using Grpc.Core;
using Kevo.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Serving;

/// <summary>Puts <see cref="RelayService"/> behind gRPC, and a limit before it.</summary>
internal sealed class RelayGrpcService(RelayService relay, RequestRate rate) : ReplicationServiceBase
{
    private long _rateRefusals;

    /// <summary>The limit.</summary>
    public RequestRate Rate => rate;

    /// <summary>Requests it refused.</summary>
    public long RateRefusals => Interlocked.Read(ref _rateRefusals);

    public override Task StreamWAL(
        WALStreamRequest request, IServerStreamWriter<EncodedResponse> responseStream, ServerCallContext context)
    {
        Admit();
        return relay.ServeAsync(
            request,
            context.RequestHeaders,
            context.Peer,
            new GrpcOutput(responseStream, context),
            context.CancellationToken);
    }

    public override Task<AckResponse> Acknowledge(Ack request, ServerCallContext context)
    {
        Admit();
        return Task.FromResult(relay.Acknowledge(request, context.RequestHeaders));
    }

    public override Task<NackResponse> NegativeAcknowledge(Nack request, ServerCallContext context)
    {
        Admit();
        return Task.FromResult(relay.NegativeAcknowledge(request, context.RequestHeaders));
    }

    private void Admit()
    {
        if (!rate.TryAdmit())
        {
            Interlocked.Increment(ref _rateRefusals);
            throw new RpcException(new Status(
                StatusCode.ResourceExhausted,
                $"this relay's limit of {rate.PerSecond} requests per second is reached; retry later"));
        }
    }

    private sealed class GrpcOutput(IServerStreamWriter<EncodedResponse> stream, ServerCallContext context)
        : IRelayOutput
    {
        public Task WriteHeadersAsync(Metadata headers) => context.WriteResponseHeadersAsync(headers);

        public Task WriteAsync(EncodedResponse message, CancellationToken cancellationToken) =>
            stream.WriteAsync(message, cancellationToken);
    }
}
