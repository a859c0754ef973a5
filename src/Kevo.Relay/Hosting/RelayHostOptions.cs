using System.Net;
using Kevo.Platform.Tls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Relay.Hosting;

/// <summary>Where a relay listens.</summary>
public sealed record RelayHostOptions
{
    /// <summary>The address to bind; port 0 takes a free one. Default: a free port of the loopback address.</summary>
    public IPEndPoint Address { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The certificate to serve with; null serves HTTP/2 without TLS.</summary>
    public CertificateSource? Tls { get; init; }

    /// <summary>Connections at a time; null for no limit. Default: 1024.</summary>
    public int? MaxConnections { get; init; } = 1024;

    /// <summary>Requests per second; 0 for no limit. Default: 0.</summary>
    public int MaxRequestsPerSecond { get; init; }

    /// <summary>Bytes of encoded messages a stream may have waiting in the server. Default: 4 MiB.</summary>
    public int ResponseBufferBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>How long a stop waits for streams to end by themselves. Default: 1 s.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Where the web server logs. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
