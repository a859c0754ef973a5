using System.Net.Sockets;

namespace Kevo.Replication.Session;

/// <summary>A connected socket that waits for the first use of its channel. Thread-safe.</summary>
internal sealed class FirstSocket(Socket socket) : IDisposable
{
    private Socket? _socket = socket;

    private volatile bool _wasReplaced;

    /// <summary>Whether another connection was asked for after the first: calls may go over that one.</summary>
    public bool WasReplaced => _wasReplaced;

    /// <summary>The socket, once; the caller owns it then. Null after that.</summary>
    public Socket? Take()
    {
        Socket? taken = Interlocked.Exchange(ref _socket, null);
        _wasReplaced |= taken is null;
        return taken;
    }

    /// <summary>Closes the socket if nobody took it.</summary>
    public void Dispose() => Interlocked.Exchange(ref _socket, null)?.Dispose();
}
