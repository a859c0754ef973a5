using System.Net;
using System.Net.Sockets;

namespace Kevo.Platform;

/// <summary>
/// How clients of a primary make a connection: by name each time, so that a new address is found.
/// </summary>
public static class TcpDial
{
    /// <summary>A connected socket without delay for small packets; the caller's to dispose.</summary>
    /// <exception cref="SocketException">The name is unknown, or nobody answers there.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; nothing is left open.</exception>
    public static async ValueTask<Socket> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
