namespace Kevo.Platform.Tls;

/// <summary>
/// The PEM files one TLS endpoint works with, as the operator named them. Which are required depends on
/// <see cref="TlsRole"/>: a server needs a certificate and its key, a client needs neither.
/// </summary>
public sealed record TlsFiles
{
    /// <summary>This node's certificate, followed by the intermediates it was issued through; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>
    /// The unencrypted private key of <see cref="CertificateFile"/>; may be the same file. Null for none.
    /// </summary>
    public string? KeyFile { get; init; }

    /// <summary>
    /// The certificates of the authorities whose signatures on the peer's certificate count. For a server, naming it
    /// means that every client must present a certificate (mTLS). For a client, null means the system's trust store.
    /// </summary>
    public string? AuthorityFile { get; init; }

    /// <summary>
    /// If not empty, the peer's certificate must carry one of these names: a DNS name of its subject alternative names,
    /// its common name, or its whole subject, compared without regard to case. Needs a verified peer certificate.
    /// </summary>
    public IReadOnlyList<string> PinnedSubjects { get; init; } = [];
}
