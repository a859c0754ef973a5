using Kevo.Wire;

namespace Kevo.Replication.Session;

/// <summary>
/// One stream and the two calls that belong to it. <see cref="ReceiveAsync"/> is called by one caller at a time; the
/// other two calls may run beside it and beside each other. Failures are <see cref="Grpc.Core.RpcException"/> or
/// <see cref="Core.KevoException"/>. Disposing ends the stream; it does not throw.
/// </summary>
public interface IReplicationSession : IAsyncDisposable
{
    /// <summary>What the primary said about itself.</summary>
    SessionHeaders Headers { get; }

    /// <summary>
    /// Waits for the next response. Not asking is how flow control reaches a relay; a stock primary must always be
    /// asked.
    /// </summary>
    /// <returns>The response, which the caller owns and disposes; null when the primary ended the stream.</returns>
    ValueTask<StreamMessage?> ReceiveAsync(CancellationToken cancellationToken);

    /// <summary>Tells the primary that everything up to <paramref name="sequence"/> is durable here.</summary>
    ValueTask<CallReply> AcknowledgeAsync(ulong sequence, CancellationToken cancellationToken);

    /// <summary>Whether a part of the next response has been received, and the rest not. Any thread.</summary>
    bool IsReceiving { get; }

    /// <summary>
    /// A question that touches nothing at the primary, over the stream's own connection. When it is answered, what the
    /// primary sent on the stream before is here, and received a moment later; of a response that is sent in parts at
    /// least one is.
    /// </summary>
    /// <exception cref="Core.ConnectionException">The stream's connection is not there any more.</exception>
    ValueTask FenceAsync(CancellationToken cancellationToken);

    /// <summary>Asks for everything from <paramref name="sequence"/> on to be sent again on the stream.</summary>
    ValueTask<CallReply> NegativeAcknowledgeAsync(ulong sequence, CancellationToken cancellationToken);
}
