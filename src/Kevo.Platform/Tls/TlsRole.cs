namespace Kevo.Platform.Tls;

/// <summary>Which side of a TLS connection an endpoint is.</summary>
public enum TlsRole
{
    /// <summary>Accepts connections; must have a certificate.</summary>
    Server,

    /// <summary>Opens connections; has a certificate only for mTLS.</summary>
    Client,
}
