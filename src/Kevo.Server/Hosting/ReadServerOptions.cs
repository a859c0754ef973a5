using Kevo.Platform.Tls;
using Kevo.Server.Reads;

namespace Kevo.Server.Hosting;

/// <summary>How the read server listens, and the limits it puts on clients.</summary>
public sealed record ReadServerOptions
{
    /// <summary>Where to listen (default <c>127.0.0.1:50053</c>).</summary>
    public ListenAddress Listen { get; init; } = ListenAddress.Parse("127.0.0.1:50053");

    /// <summary>Certificates for TLS; null (default) for plain text. Shared with whoever refreshes them.</summary>
    public CertificateSource? Certificates { get; init; }

    /// <summary>What the service says and its limits.</summary>
    public required ReadServiceOptions Service { get; init; }

    /// <summary>Pass writes on to the primary instead of refusing them (default false).</summary>
    public bool ForwardWrites { get; init; }

    /// <summary>
    /// Certificates for the connection to the primary's client service; null (default) for plain text.
    /// </summary>
    public CertificateSource? PrimaryCertificates { get; init; }

    /// <summary>
    /// The name the certificate of the primary's client service must carry; null (default) for the host of its address.
    /// </summary>
    public string? PrimaryServerName { get; init; }

    /// <summary>Most connections at once (default 1 024).</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>Most calls at once on one connection (default 1 000); further ones wait in the client.</summary>
    public int MaxStreamsPerConnection { get; init; } = 1000;

    /// <summary>Largest request in bytes (default 16 MiB, as Kevo's clients assume).</summary>
    public int MaxMessageLength { get; init; } = 16 << 20;

    /// <summary>A connection without calls is closed after this time (default 10 min), pings or not.</summary>
    public TimeSpan IdleConnectionLimit { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long calls may take to end when the server stops (default 5 s).</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(5);
}
