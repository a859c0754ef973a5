using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Session;

/// <summary>A gRPC channel over one connection.</summary>
internal sealed class GrpcPrimaryConnection(
    GrpcChannel channel, FirstSocket first, StreamMessagePool pool, string target, bool tls) : IPrimaryConnection
{
    private readonly Method<WALStreamRequest, StreamMessage> _stream = ReplicationMethods.ReceiveStream(pool);

    /// <inheritdoc/>
    public async ValueTask<IReplicationSession> OpenSessionAsync(
        SessionRequest request, CancellationToken cancellationToken)
    {
        Metadata metadata = [];
        if (request.NodeId.Length > 0)
        {
            new ReplicaAnnouncement(request.NodeId, request.Epoch).WriteTo(metadata);
        }

        CallInvoker invoker = channel.CreateCallInvoker();
        AsyncServerStreamingCall<StreamMessage> call = invoker.AsyncServerStreamingCall(
            _stream,
            host: null,
            new CallOptions(metadata),
            new WALStreamRequest
            {
                StartSequence = request.StartSequence,
                ProtocolVersion = request.ProtocolVersion,
                CompressionSupported = request.CompressionSupported,
                PreferredCodec = request.PreferredCodec,
                ListenerAddress = request.ListenerAddress,
            });
        StreamMessage? early = null;
        ConnectionException? explained = null;
        GrpcReplicationSession? opened = null;
        try
        {
            Metadata headers = await call.ResponseHeadersAsync.WaitAsync(cancellationToken);
            SessionHeaders session = new(RelayHeaders.ReadSessionId(headers), RelayAnnouncement.Read(headers));
            if (session is { SessionId: null, Relay: null })
            {
                // A refused call has no such headers either, and its status comes only with the first read.
                early = await ReadEarlyAsync(call, cancellationToken);
            }

            opened = new GrpcReplicationSession(invoker, call, session, early);
            return opened;
        }
        catch (RpcException refused) when (DialFailure.TryExplain(refused, target, tls, out explained))
        {
            throw explained;
        }
        finally
        {
            if (opened is null)
            {
                early?.Dispose();
                call.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        channel.Dispose();
        first.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async ValueTask<StreamMessage> ReadEarlyAsync(
        AsyncServerStreamingCall<StreamMessage> call, CancellationToken cancellationToken)
    {
        if (await call.ResponseStream.MoveNext(cancellationToken))
        {
            return call.ResponseStream.Current;
        }

        throw new ConnectionException("The primary ended the stream at once, without an error and without a session.");
    }
}
