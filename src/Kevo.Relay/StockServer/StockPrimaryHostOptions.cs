using System.Net;
using Kevo.Platform.Tls;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Relay.StockServer;

/// <summary>Where the simulated stock primary listens.</summary>
public sealed record StockPrimaryHostOptions
{
    /// <summary>The replication service. Default: a free port of the loopback address.</summary>
    public IPEndPoint ReplicationAddress { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The client service. Default: a free port of the loopback address.</summary>
    public IPEndPoint ClientAddress { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>The certificate of both ports; null serves without TLS.</summary>
    public CertificateSource? Tls { get; init; }

    /// <summary>Where the web server logs. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;
}
