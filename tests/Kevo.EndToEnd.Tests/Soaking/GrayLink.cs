using System.Net;
using System.Net.Sockets;

namespace Kevo.EndToEnd.Tests.Soaking;

/// <summary>
/// A wire between two processes that can be slow, silent or cut: forwards TCP connections to an address, at most so
/// many bytes each beat.
/// </summary>
internal sealed class GrayLink : IAsyncDisposable
{
    private const int Chunk = 16 << 10;

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly IPEndPoint _target;
    private readonly Task _accepting;
    private readonly Lock _gate = new();
    private CancellationTokenSource _connections = new();
    private volatile int _bytesPerBeat = int.MaxValue;

    public GrayLink(string target)
    {
        _target = IPEndPoint.Parse(target);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where to connect instead.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <summary>Bytes let through in 5 ms, in each direction of each connection; 0 for silence.</summary>
    public int BytesPerBeat
    {
        get => _bytesPerBeat;
        set => _bytesPerBeat = value;
    }

    /// <summary>Ends every connection.</summary>
    public void Cut()
    {
        lock (_gate)
        {
            _connections.Cancel();
            _connections = new CancellationTokenSource();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Cut();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                TcpClient accepted = await _listener.AcceptTcpClientAsync(_stop.Token);
                CancellationToken cut;
                lock (_gate)
                {
                    cut = _connections.Token;
                }

                _ = ServeAsync(accepted, cut);
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException)
            {
                // The end of the link.
            }
        }
    }

    private async Task ServeAsync(TcpClient accepted, CancellationToken cut)
    {
        using TcpClient near = accepted;
        using var far = new TcpClient();
        try
        {
            await far.ConnectAsync(_target, cut);
            await Task.WhenAny(
                PumpAsync(near.GetStream(), far.GetStream(), cut), PumpAsync(far.GetStream(), near.GetStream(), cut));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or IOException)
        {
            // Whoever is at the other end of it notices.
        }
    }

    private async Task PumpAsync(NetworkStream from, NetworkStream to, CancellationToken cut)
    {
        byte[] buffer = new byte[Chunk];
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        try
        {
            while (true)
            {
                int most = _bytesPerBeat;
                if (most < Chunk)
                {
                    await beat.WaitForNextTickAsync(cut);
                }

                if (most == 0)
                {
                    continue;
                }

                int read = await from.ReadAsync(buffer.AsMemory(0, Math.Min(most, Chunk)), cut);
                if (read == 0)
                {
                    return;
                }

                await to.WriteAsync(buffer.AsMemory(0, read), cut);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // Cut, or one end is gone.
        }
    }
}
