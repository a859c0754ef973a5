using System.Threading.Channels;
using Grpc.Core;
using Kevo.Relay.Stock;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.StockServer;

/// <summary>
/// Carries the messages the model sends on one stream to its socket. Send and End come from under the host's lock.
/// </summary>
internal sealed class StockHostStream(Action drained) : IStockStream
{
    private readonly Channel<WALStreamResponse> _messages =
        Channel.CreateUnbounded<WALStreamResponse>(new UnboundedChannelOptions { SingleReader = true });

    private int _unsentBytes;
    private Status _end;

    /// <inheritdoc/>
    public int UnsentBytes => Volatile.Read(ref _unsentBytes);

    /// <inheritdoc/>
    public void Send(WALStreamResponse message)
    {
        Interlocked.Add(ref _unsentBytes, message.CalculateSize());
        _messages.Writer.TryWrite(message);
    }

    /// <inheritdoc/>
    public void End(Status status)
    {
        _end = status;
        _messages.Writer.TryComplete();
    }

    /// <summary>Writes messages until the stream is ended or cancelled.</summary>
    /// <exception cref="RpcException">The status with which the model ended the stream.</exception>
    public async Task PumpAsync(IServerStreamWriter<WALStreamResponse> responses, CancellationToken cancellationToken)
    {
        await foreach (WALStreamResponse message in _messages.Reader.ReadAllAsync(cancellationToken))
        {
            await responses.WriteAsync(message, cancellationToken);
            Interlocked.Add(ref _unsentBytes, -message.CalculateSize());
            drained();
        }

        throw new RpcException(_end);
    }
}
