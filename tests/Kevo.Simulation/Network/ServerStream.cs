using Grpc.Core;
using Kevo.Replication.Session;
using Kevo.Simulation.Engine;
using Kevo.Wire;

namespace Kevo.Simulation.Network;

/// <summary>
/// One response stream: the sending side in the server, the reading side in the client, and a window between them.
/// </summary>
internal sealed class ServerStream
{
    private readonly Connection _connection;
    private readonly Lane _toClient;
    private readonly Lane _toServer;
    private readonly Queue<byte[]> _arrived = new();
    private readonly CancellationTokenSource _left = new();
    private readonly TaskCompletionSource<SessionHeaders> _headers =
        new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _room;
    private TaskCompletionSource? _arrival;
    private Exception? _error;
    private bool _ended;
    private bool _serverEnded;

    public ServerStream(Connection connection)
    {
        _connection = connection;
        connection.CarriesStream = true;
        _toClient = new Lane(connection, connection.Client);
        _toServer = new Lane(connection, connection.Server);
        connection.OnClientBreak(Fail);
        connection.OnServerBreak(_left.Cancel);
    }

    /// <summary>Bytes after which <see cref="WriteAsync"/> waits.</summary>
    public int WindowBytes { get; init; } = 64 << 10;

    /// <summary>Server: bytes sent that the client has not taken yet, as far as the server knows.</summary>
    public int UnsentBytes { get; private set; }

    /// <summary>Whether what is sent arrives.</summary>
    public bool IsCarried => _connection.Carries && !_connection.Link.IsCut;

    /// <summary>What was lost on the stream's connection so far.</summary>
    public int Losses => _connection.ToClient.Count + _connection.ToServer.Count;

    /// <summary>Whether a loss that is repaired within about a round trip is repaired in time.</summary>
    public bool IsNear => _connection.Link.Quality.MostDelay <= TimeSpan.FromMilliseconds(15);

    /// <summary>Server: cancelled when the client has left or the connection broke.</summary>
    public CancellationToken Left => _left.Token;

    /// <summary>Server: sends the headers.</summary>
    public void SendHeaders(SessionHeaders headers) => _toClient.Send(() => _headers.TrySetResult(headers));

    /// <summary>Server: sends a message.</summary>
    public void Send(byte[] message)
    {
        UnsentBytes += message.Length;
        _toClient.Send(() =>
        {
            _arrived.Enqueue(message);
            _arrival?.TrySetResult();
        });
    }

    /// <summary>Server: sends a message and waits until the window has room for the next.</summary>
    public async Task WriteAsync(byte[] message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Send(message);
        await ReturnLateAsync(cancellationToken);
        while (UnsentBytes > WindowBytes)
        {
            _room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            TaskCompletionSource room = _room;
            await using (cancellationToken.Register(() => room.TrySetCanceled(cancellationToken)))
            {
                await room.Task;
            }
        }
    }

    /// <summary>Server: ends the stream; null ends it in good order.</summary>
    public void End(RpcException? error)
    {
        if (!_serverEnded)
        {
            _serverEnded = true;
            _toClient.Send(() => Finish(error));
        }
    }

    /// <summary>Client: waits for the headers.</summary>
    public async Task<SessionHeaders> GetHeadersAsync(CancellationToken cancellationToken)
    {
        await using (cancellationToken.Register(() => _headers.TrySetException(Cancelled())))
        {
            return await _headers.Task;
        }
    }

    /// <summary>Client: waits for the next message; null at the end.</summary>
    public async ValueTask<StreamMessage?> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (_arrived.Count == 0)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                throw Cancelled();
            }

            if (_ended)
            {
                return _error is null ? null : throw _error;
            }

            _arrival = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            TaskCompletionSource arrival = _arrival;
            await using (cancellationToken.Register(() => arrival.TrySetResult()))
            {
                await arrival.Task;
            }
        }

        byte[] message = _arrived.Dequeue();
        _toServer.Send(() => Taken(message.Length));
        _connection.Link.World.Counters.MessagesReceived++;
        return StreamMessagePool.Shared.Copy(message);
    }

    /// <summary>Client: a question whose answer comes behind all that was sent before it was answered.</summary>
    public async ValueTask FenceAsync(CancellationToken cancellationToken)
    {
        if (_connection.IsOver)
        {
            throw Connection.Unavailable("the connection is closed");
        }

        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _connection.OnClientBreak(error => answer.TrySetException(error));
        _toServer.Send(() => _toClient.Send(() => answer.TrySetResult()));
        await using (cancellationToken.Register(() => answer.TrySetException(Cancelled())))
        {
            await answer.Task;
        }
    }

    /// <summary>Client: leaves; the server learns of it.</summary>
    public void Leave()
    {
        Finish(Cancelled());
        _toServer.Send(_left.Cancel);
    }

    private static RpcException Cancelled() => new(new Status(StatusCode.Cancelled, "Call canceled by the client."));

    /// <summary>
    /// What was written is under way before the writer goes on: by then it may have been received, and answered.
    /// </summary>
    private async Task ReturnLateAsync(CancellationToken cancellationToken)
    {
        World world = _connection.Link.World;
        if (world.Chance(0.1))
        {
            var passed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _connection.Server.After(world.Milliseconds(0, 20), () => passed.TrySetResult());
            await using (cancellationToken.Register(() => passed.TrySetCanceled(cancellationToken)))
            {
                await passed.Task;
            }
        }
    }

    private void Taken(int bytes)
    {
        UnsentBytes -= bytes;
        if (UnsentBytes <= WindowBytes)
        {
            _room?.TrySetResult();
        }
    }

    private void Fail(RpcException error) => Finish(error);

    private void Finish(RpcException? error)
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        _error = error;
        _headers.TrySetException(error ?? Connection.Unavailable("the stream ended before its headers"));
        _ = _headers.Task.Exception;
        _arrival?.TrySetResult();
    }
}
