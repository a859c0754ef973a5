using System.Net;
using System.Net.Sockets;

namespace Kevo.Testing.Network;

/// <summary>
/// A TCP proxy that goes wrong on request: delays, throttles, cuts, swallows, or leaves connections half open.
/// Thread-safe. Listens on a free port of the loopback address until disposed.
/// </summary>
public sealed class FaultyProxy : IAsyncDisposable
{
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly List<ProxyLink> _links = [];
    private readonly Task _accepting;
    private IPEndPoint _target;
    private bool _swallows;

    /// <summary>Listens, and passes everything on to the target.</summary>
    public FaultyProxy(IPEndPoint target)
    {
        _target = target;
        _listener.Start();
        Address = (IPEndPoint)_listener.LocalEndpoint;
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Where connections made from now on lead.</summary>
    public IPEndPoint Target
    {
        get => Volatile.Read(ref _target);
        set => Volatile.Write(ref _target, value);
    }

    /// <summary>How long every piece of data is held back; zero for not.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Bytes per second passed on in each direction of a connection; null for no limit.</summary>
    public int? BytesPerSecond { get; set; }

    /// <summary>Connections accepted so far.</summary>
    public int Accepted { get; private set; }

    /// <summary>Resets every open connection; new ones are made as before.</summary>
    public void Cut()
    {
        foreach (ProxyLink link in Links())
        {
            link.Cut();
        }
    }

    /// <summary>
    /// From now on everything disappears, in both directions, on connections that stay open and on new ones.
    /// </summary>
    public void Swallow()
    {
        lock (_gate)
        {
            _swallows = true;
        }

        foreach (ProxyLink link in Links())
        {
            link.Swallow();
        }
    }

    /// <summary>New connections work again; those that were swallowed stay dead.</summary>
    public void Heal()
    {
        lock (_gate)
        {
            _swallows = false;
        }
    }

    /// <summary>
    /// The target sees every open connection end; the dialling side sees nothing at all and may go on talking. New
    /// connections are made as before.
    /// </summary>
    public void LeaveHalfOpen()
    {
        foreach (ProxyLink link in Links())
        {
            link.LeaveHalfOpen();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(Links().Select(link => link.StopAsync()));
        _stop.Dispose();
    }

    /// <summary>Waits as long as the fault asks for before a piece of data is passed on.</summary>
    internal async ValueTask PaceAsync(int bytes, CancellationToken cancellation)
    {
        TimeSpan wait = Delay;
        if (BytesPerSecond is { } rate)
        {
            wait += TimeSpan.FromSeconds((double)bytes / rate);
        }

        if (wait > TimeSpan.Zero)
        {
            using var timer = new PeriodicTimer(wait > ShortestWait ? wait : ShortestWait);
            await timer.WaitForNextTickAsync(cancellation);
        }
    }

    private ProxyLink[] Links()
    {
        lock (_gate)
        {
            return [.. _links];
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync(_stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            lock (_gate)
            {
                Accepted++;
                var link = new ProxyLink(this, client, _stop.Token);
                _links.Add(link);
                if (_swallows)
                {
                    link.Swallow();
                }

                link.Start(Target);
            }
        }
    }
}
