using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Kevo.EndToEnd.Tests.Opponents;

/// <summary>A server that answers every connection with a line of HTTP/1.1 and hangs up.</summary>
internal sealed class PlainServer : IAsyncDisposable
{
    private static readonly byte[] Answer =
        Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _serving;

    /// <summary>Starts it on a free port.</summary>
    public PlainServer()
    {
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>Where it listens.</summary>
    public string Address => _listener.LocalEndpoint.ToString()!;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _serving;
    }

    private async Task ServeAsync()
    {
        byte[] request = new byte[4096];
        while (true)
        {
            try
            {
                using TcpClient client = await _listener.AcceptTcpClientAsync();
                await client.GetStream().ReadAtLeastAsync(request, 1, throwOnEndOfStream: false);
                await client.GetStream().WriteAsync(Answer);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                return;
            }
            catch (IOException)
            {
                // The replica hung up first; the next connection may come.
            }
        }
    }
}
