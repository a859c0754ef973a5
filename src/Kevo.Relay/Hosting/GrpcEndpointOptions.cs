using System.Net;
using Kevo.Platform.Tls;
using Microsoft.Extensions.Logging;

namespace Kevo.Relay.Hosting;

/// <summary>Where and how a gRPC server of this room listens.</summary>
internal sealed record GrpcEndpointOptions
{
    /// <summary>The address to bind; port 0 takes a free one.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary>The certificate to serve with; null serves HTTP/2 without TLS.</summary>
    public CertificateSource? Tls { get; init; }

    public required ILoggerFactory LoggerFactory { get; init; }

    /// <summary>Bytes of the largest request.</summary>
    public required int MaxReceiveMessageBytes { get; init; }

    /// <summary>Bytes a response may wait in memory before its writer has to.</summary>
    public required int ResponseBufferBytes { get; init; }

    /// <summary>Connections at a time; null for no limit.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>
    /// A header of every response, also of one that says a call is not served; null for none. One that the service set
    /// itself stands.
    /// </summary>
    public KeyValuePair<string, string>? Header { get; init; }

    /// <summary>How long a graceful stop waits for calls under way.</summary>
    public required TimeSpan ShutdownTimeout { get; init; }
}
