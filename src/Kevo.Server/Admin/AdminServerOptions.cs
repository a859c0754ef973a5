using Kevo.Platform.Tls;
using Kevo.Server.Hosting;

namespace Kevo.Server.Admin;

/// <summary>How the admin endpoint listens.</summary>
public sealed record AdminServerOptions
{
    /// <summary>Where to listen (default <c>127.0.0.1:9464</c>).</summary>
    public ListenAddress Listen { get; init; } = ListenAddress.Parse("127.0.0.1:9464");

    /// <summary>Certificates for TLS; null (default) for plain text.</summary>
    public CertificateSource? Certificates { get; init; }

    /// <summary>Most connections at once (default 64).</summary>
    public int MaxConnections { get; init; } = 64;
}
