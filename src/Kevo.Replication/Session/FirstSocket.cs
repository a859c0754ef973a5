using System.Net.Sockets;

namespace Kevo.Replication.Session;

/// <summary>A connected socket that waits for the first use of its channel. Thread-safe.</summary>
internal sealed class FirstSocket(Socket socket) : IDisposable
{
    private Socket? _socket = socket;

    /// <summary>The socket, once; the caller owns it then. Null after that.</summary>
    public Socket? Take() => Interlocked.Exchange(ref _socket, null);

    /// <summary>Closes the socket if nobody took it.</summary>
    public void Dispose() => Take()?.Dispose();
}
