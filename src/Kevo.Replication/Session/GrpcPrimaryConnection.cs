using System.Net.Http;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Client;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Session;

/// <summary>One connection: the stream on it is framed by us, the small calls by the gRPC library.</summary>
internal sealed class GrpcPrimaryConnection(
    SocketsHttpHandler handler, Uri address, FirstSocket first, StreamMessagePool pool, ConnectorOptions options,
        string target)
    : IPrimaryConnection
{
    private readonly HttpMessageInvoker _http = new(handler, disposeHandler: false);
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(
        address, new GrpcChannelOptions { HttpHandler = handler, ThrowOperationCanceledOnCancellation = false });

    /// <inheritdoc/>
    public async ValueTask<bool> ProbeAsync(CancellationToken cancellationToken)
    {
        using AsyncUnaryCall<GetNodeInfoResponse> call =
            HarmlessQuestion.Ask(_channel.CreateCallInvoker(), cancellationToken);
        try
        {
            Metadata headers = await call.ResponseHeadersAsync;
            return RelayHeaders.IsRelay(headers);
        }
        catch (RpcException refused)
            when (DialFailure.TryExplain(refused, target, options.Tls is not null, out ConnectionException? explained))
        {
            throw explained;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<IReplicationSession> OpenSessionAsync(
        SessionRequest request, CancellationToken cancellationToken)
    {
        Metadata metadata = [];
        if (request.NodeId.Length > 0)
        {
            new ReplicaAnnouncement(request.NodeId, request.Epoch).WriteTo(metadata);
        }

        WALStreamRequest message = new()
        {
            StartSequence = request.StartSequence,
            ProtocolVersion = request.ProtocolVersion,
            CompressionSupported = request.CompressionSupported,
            PreferredCodec = request.PreferredCodec,
            ListenerAddress = request.ListenerAddress,
        };
        GrpcStreamCall? call = null;
        StreamMessage? early = null;
        ConnectionException? explained = null;
        GrpcReplicationSession? opened = null;
        try
        {
            call = await GrpcStreamCall.StartAsync(
                _http, address, message, metadata, pool, options.MaxReceiveMessageBytes, cancellationToken);
            SessionHeaders session = new(
                RelayHeaders.ReadSessionId(call.Headers), RelayAnnouncement.Read(call.Headers));
            if (session is { SessionId: null, Relay: null })
            {
                // A call that is refused later has no such headers either; its status comes only with the first read.
                early = await call.ReadAsync(cancellationToken) ?? throw new ConnectionException(
                    $"The primary at {target} ended the stream at once, without an error and without a session.");
            }

            opened = new GrpcReplicationSession(_channel.CreateCallInvoker(), first, call, session, early);
            return opened;
        }
        catch (RpcException refused)
            when (DialFailure.TryExplain(refused, target, options.Tls is not null, out explained))
        {
            throw explained;
        }
        finally
        {
            if (opened is null)
            {
                early?.Dispose();
                call?.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        _http.Dispose();
        handler.Dispose();
        first.Dispose();
        return ValueTask.CompletedTask;
    }
}
