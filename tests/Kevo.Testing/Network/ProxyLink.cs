using System.Buffers;
using System.Net;
using System.Net.Sockets;

namespace Kevo.Testing.Network;

/// <summary>One connection through a <see cref="FaultyProxy"/>.</summary>
internal sealed class ProxyLink(FaultyProxy proxy, Socket client, CancellationToken stop)
{
    private const int ChunkBytes = 16 * 1024;

    private readonly Socket _server = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private volatile bool _swallows;
    private Task _running = Task.CompletedTask;

    /// <summary>Connects to the target and passes data on until either side ends.</summary>
    public void Start(IPEndPoint target) => _running = RunAsync(target);

    /// <summary>From now on nothing is passed on any more; what comes is taken and lost.</summary>
    public void Swallow() => _swallows = true;

    /// <summary>Ends the connection to the target, and keeps the other one.</summary>
    public void LeaveHalfOpen()
    {
        _swallows = true;
        _server.Dispose();
    }

    /// <summary>Resets both connections.</summary>
    public void Cut()
    {
        Reset(client);
        Reset(_server);
    }

    /// <summary>Waits for the end, which the token or a cut brings.</summary>
    public async Task StopAsync()
    {
        Cut();
        await _running;
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(enable: true, seconds: 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }

    private async Task RunAsync(IPEndPoint target)
    {
        client.NoDelay = true;
        try
        {
            Task down = Task.CompletedTask;
            if (!_swallows)
            {
                await _server.ConnectAsync(target, stop);
                down = PumpAsync(_server, client);
            }

            Task up = PumpAsync(client, _server);

            await Task.WhenAny(up, down);
            if (_swallows)
            {
                await up;
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The target refuses, or the test is over: the dialling side sees the connection end.
        }

        Cut();
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            while (await from.ReceiveAsync(buffer, stop) is > 0 and var read)
            {
                await proxy.PaceAsync(read, stop);
                if (!_swallows)
                {
                    await SendAsync(to, buffer.AsMemory(0, read));
                }
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end of a connection is the end of this direction.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes, stop)..];
        }
    }
}
