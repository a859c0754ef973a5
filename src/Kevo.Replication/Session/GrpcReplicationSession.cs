using Grpc.Core;
using Kevo.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Client;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Session;

/// <summary>One <c>StreamWAL</c> call and the unary calls that name its session.</summary>
internal sealed class GrpcReplicationSession : IReplicationSession
{
    private readonly CallInvoker _invoker;
    private readonly GrpcStreamCall _call;
    private readonly FirstSocket _first;
    private readonly Metadata _sessionMetadata = [];
    private StreamMessage? _early;

    /// <summary>
    /// Takes over the call and a message that was read ahead, if one was; the socket says whether the calls still go
    /// over the stream's connection.
    /// </summary>
    public GrpcReplicationSession(
        CallInvoker invoker, FirstSocket first, GrpcStreamCall call, SessionHeaders headers, StreamMessage? early)
    {
        _invoker = invoker;
        _first = first;
        _call = call;
        _early = early;
        Headers = headers;
        if (headers.SessionId is { } id)
        {
            _sessionMetadata.Add(RelayHeaders.SessionId, id);
        }
    }

    /// <inheritdoc/>
    public SessionHeaders Headers { get; }

    /// <inheritdoc/>
    public ValueTask<StreamMessage?> ReceiveAsync(CancellationToken cancellationToken) =>
        Interlocked.Exchange(ref _early, null) is { } early
            ? new ValueTask<StreamMessage?>(early)
            : _call.ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<CallReply> AcknowledgeAsync(ulong sequence, CancellationToken cancellationToken)
    {
        using AsyncUnaryCall<AckResponse> call = _invoker.AsyncUnaryCall(
            ReplicationMethods.Acknowledge,
            host: null,
            new CallOptions(_sessionMetadata, cancellationToken: cancellationToken),
            new Ack { AcknowledgedUpTo = sequence });
        AckResponse response = await call.ResponseAsync;
        return new CallReply(response.Success, response.Message);
    }

    /// <inheritdoc/>
    public async ValueTask<CallReply> NegativeAcknowledgeAsync(ulong sequence, CancellationToken cancellationToken)
    {
        using AsyncUnaryCall<NackResponse> call = _invoker.AsyncUnaryCall(
            ReplicationMethods.NegativeAcknowledge,
            host: null,
            new CallOptions(_sessionMetadata, cancellationToken: cancellationToken),
            new Nack { MissingFromSequence = sequence });
        NackResponse response = await call.ResponseAsync;
        return new CallReply(response.Success, response.Message);
    }

    /// <inheritdoc/>
    public bool IsReceiving => _call.IsReceiving;

    /// <inheritdoc/>
    public async ValueTask FenceAsync(CancellationToken cancellationToken)
    {
        using AsyncUnaryCall<GetNodeInfoResponse> call = HarmlessQuestion.Ask(_invoker, cancellationToken);
        try
        {
            _ = await call.ResponseAsync;
        }
        catch (RpcException answer) when (answer.StatusCode == StatusCode.Unimplemented)
        {
            // That is the answer.
        }

        if (_first.WasReplaced)
        {
            throw new ConnectionException("The stream's connection takes no calls any more; it is opened again.");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Interlocked.Exchange(ref _early, null)?.Dispose();
        _call.Dispose();
        return ValueTask.CompletedTask;
    }
}
