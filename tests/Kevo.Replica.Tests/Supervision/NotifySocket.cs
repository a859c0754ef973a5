using System.Net.Sockets;
using System.Text;

namespace Kevo.Replica.Tests.Supervision;

/// <summary>A service manager's end of the socket: takes datagrams and hands them out.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public NotifySocket(string address)
    {
        _socket.Bind(new UnixDomainSocketEndPoint(address));
        _socket.ReceiveTimeout = 30_000;
    }

    /// <summary>Whether a message waits.</summary>
    public bool HasMore => _socket.Poll(0, SelectMode.SelectRead);

    /// <summary>The next message; waits for it.</summary>
    public string Receive()
    {
        byte[] buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer));
    }

    public void Dispose() => _socket.Dispose();
}
