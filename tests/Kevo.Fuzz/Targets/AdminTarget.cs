using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Kevo.Fuzz.Engine;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// Requests to the admin endpoint, byte for byte over real sockets. Whatever is asked, the answer is one of HTTP and no
/// internal error, or the connection is closed; and the next request is answered.
/// </summary>
internal sealed class AdminTarget : IFuzzTarget
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT", "get", "G\0T", ""];

    private static readonly string[] Paths =
    [
        "/", "/livez", "/readyz", "/readyz?verbose", "/metrics", "/status", "/status?" + new string('q', 9000),
        "/%2e%2e/etc/passwd", "/../../etc/passwd", "//livez", "/livez/", "*", "/%", "/%zz", "/\u00e9", "/livez#x",
        "http://other.example/livez", "/" + new string('p', 20_000),
    ];

    private static readonly string[] Headers =
    [
        "Host: node", "Host: a\r\nHost: b", "Content-Length: 5", "Content-Length: -1",
        "Content-Length: 99999999999999999999", "Transfer-Encoding: chunked", "Expect: 100-continue",
        "Connection: keep-alive", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
        "Accept-Encoding: " + new string('e', 9000), "X: " + new string('x', 40_000), "no colon", ": no name",
        "Range: bytes=0-0,-1", "If-None-Match: *", "Origin: null", "Cookie: " + new string(';', 3000),
    ];

    /// <inheritdoc/>
    public string Name => "admin";

    /// <inheritdoc/>
    public double Weight => 0.004;

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        var request = new StringBuilder();
        request.Append(Methods[random.Next(3) == 0 ? random.Next(Methods.Length) : 0]).Append(' ');
        request.Append(Paths[random.Next(Paths.Length)]).Append(' ');
        request.Append(random.Next(8) switch { 0 => "HTTP/1.0", 1 => "HTTP/2.0", 2 => "HTTP/9", _ => "HTTP/1.1" });
        request.Append("\r\nHost: node\r\nConnection: close\r\n");
        for (int i = random.Next(4); i > 0; i--)
        {
            request.Append(Headers[random.Next(Headers.Length)]).Append(random.Next(10) == 0 ? "\n" : "\r\n");
        }

        request.Append(random.Next(6) == 0 ? "" : "\r\n");
        return Encoding.Latin1.GetBytes(request.ToString());
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        int status = Ask(input.ToArray());
        FuzzFindingException.Unless(
            status is 0 or (>= 100 and < 500) or 501 or 503 or 505, $"a request is answered with {status}");
        int next = Ask("GET /livez HTTP/1.1\r\nHost: node\r\nConnection: close\r\n\r\n"u8.ToArray());
        FuzzFindingException.Unless(next == 200, $"afterwards /livez answers {next}");

        // What was asked, not what was answered: whether an answer arrives before a reset is a matter of chance.
        Signature signature = new();
        signature.Add(input.IsEmpty ? 0 : input[0]);
        signature.Add(Math.Min(input.Count((byte)'\n'), 8));
        signature.Add(input.IndexOf("\r\n\r\n"u8) < 0 ? 0 : 1);
        signature.AddMagnitude((ulong)input.Length);
        return signature.Value;
    }

    /// <summary>The status of the first answer; 0 when the connection was closed without one.</summary>
    private static int Ask(byte[] request)
    {
        var address = new Uri(ServedNode.Instance.Admin);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.ReceiveTimeout = socket.SendTimeout = (int)Patience.TotalMilliseconds;
        socket.Connect(IPAddress.Parse(address.Host), address.Port);
        byte[] answer = new byte[16];
        int read = 0;
        try
        {
            socket.Send(request);
            if (request.AsSpan().IndexOf("\r\n\r\n"u8) < 0)
            {
                // Half a request is waited for, unless nothing more can come.
                socket.Shutdown(SocketShutdown.Send);
            }

            while (read < answer.Length && socket.Receive(answer.AsSpan(read)) is > 0 and int more)
            {
                read += more;
            }
        }
        catch (SocketException reset) when (reset.SocketErrorCode
            is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            // It hung up on us, with or without an answer before.
        }

        string line = Encoding.Latin1.GetString(answer, 0, read);
        return line.StartsWith("HTTP/1.", StringComparison.Ordinal) && line.Length >= 12
            && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int status)
            ? status
            : 0;
    }
}
