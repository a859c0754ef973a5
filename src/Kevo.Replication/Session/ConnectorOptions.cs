using Kevo.Platform.Tls;
using Kevo.Wire;

namespace Kevo.Replication.Session;

/// <summary>How to reach a primary. <c>ReplicaOptions.Connector</c> makes one out of checked settings.</summary>
public sealed record ConnectorOptions
{
    /// <summary>host:port.</summary>
    public required string Address { get; init; }

    /// <summary>TLS credentials; null means a plaintext connection.</summary>
    public TlsFiles? Tls { get; init; }

    /// <summary>The name the peer's certificate must carry; null means the host of the address.</summary>
    public string? ServerName { get; init; }

    /// <summary>Bound on a connection that is dialled anew under an open channel (default 10 s).</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Largest message accepted, in bytes (default 16 MiB + 64 KiB).</summary>
    public int MaxReceiveMessageBytes { get; init; } = ReplicationMethods.MaxMessageBytes;

    /// <summary>The HTTP/2 window that the stream begins with, in bytes (default 512 KiB).</summary>
    public int StreamWindowBytes { get; init; } = 512 << 10;

    /// <summary>
    /// Interval of HTTP/2 pings; a stock primary hangs up on a client that pings faster than every 10 s.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>A ping unanswered for this long ends the connection.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(6);
}
