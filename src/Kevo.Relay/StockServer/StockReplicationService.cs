using Grpc.Core;
using Kevo.Relay.Stock;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.StockServer;

/// <summary>The replication service of the simulated primary, over sockets.</summary>
internal sealed class StockReplicationService(StockPrimaryHost host)
    : WALReplicationService.WALReplicationServiceBase
{
    public override async Task StreamWAL(
        WALStreamRequest request, IServerStreamWriter<WALStreamResponse> responseStream, ServerCallContext context)
    {
        var stream = new StockHostStream(host.NoteDrained);
        StockSession session =
            await host.CallAsync(model => model.OpenStream(request, stream), context.CancellationToken);
        try
        {
            var headers = new Metadata { { RelayHeaders.SessionId, session.Id } };
            await context.WriteResponseHeadersAsync(headers);
            await stream.PumpAsync(responseStream, context.CancellationToken);
        }
        finally
        {
            host.Run(model => model.CloseStream(session));
            host.NoteDrained();
        }
    }

    public override async Task<AckResponse> Acknowledge(Ack request, ServerCallContext context)
    {
        string? session = context.RequestHeaders.GetValue(RelayHeaders.SessionId);
        StockReply reply = await host.CallAsync(
            model => model.Acknowledge(session, request.AcknowledgedUpTo), context.CancellationToken);
        return new AckResponse { Success = reply.Success, Message = reply.Message };
    }

    public override async Task<NackResponse> NegativeAcknowledge(Nack request, ServerCallContext context)
    {
        string? session = context.RequestHeaders.GetValue(RelayHeaders.SessionId);
        StockReply reply = await host.CallAsync(
            model => model.NegativeAcknowledge(session, request.MissingFromSequence), context.CancellationToken);
        return new NackResponse { Success = reply.Success, Message = reply.Message };
    }
}
