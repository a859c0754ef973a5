using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Kevo.Platform.Tls;

/// <summary>The loaded and checked certificates of one endpoint at one time. Immutable and thread-safe.</summary>
public sealed class TlsMaterial
{
    private const string CommonName = "2.5.4.3";

    private readonly X509Certificate2? _certificate;
    private readonly SslStreamCertificateContext? _context;
    private readonly X509Certificate2Collection? _authorities;
    private readonly IReadOnlyList<string> _pinnedSubjects;

    internal TlsMaterial(
        X509Certificate2? certificate,
        SslStreamCertificateContext? context,
        X509Certificate2Collection? authorities,
        IReadOnlyList<string> pinnedSubjects)
    {
        _certificate = certificate;
        _context = context;
        _authorities = authorities;
        _pinnedSubjects = pinnedSubjects;
    }

    /// <summary>When this node's certificate runs out; null when it has none.</summary>
    public DateTimeOffset? NotAfter =>
        _certificate is null ? null : new DateTimeOffset(_certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>The subject of this node's certificate; null when it has none.</summary>
    public string? Subject => _certificate?.Subject;

    /// <summary>
    /// What a server hands to <see cref="SslStream"/> for one connection: TLS 1.2 or newer, and a verified client
    /// certificate exactly when an authority file was configured.
    /// </summary>
    public SslServerAuthenticationOptions CreateServerOptions()
    {
        SslServerAuthenticationOptions options = new()
        {
            ServerCertificateContext = _context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ClientCertificateRequired = _authorities is not null,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (_authorities is not null)
        {
            options.CertificateChainPolicy = TrustOnly(_authorities);
            options.RemoteCertificateValidationCallback = Accept;
        }

        return options;
    }

    /// <summary>
    /// What a client hands to <see cref="SslStream"/> (or sets on a handler) for connections to
    /// <paramref name="targetHost"/>: TLS 1.2 or newer, the server's certificate verified against the authority file,
    /// or against the system's trust store when there is none.
    /// </summary>
    public SslClientAuthenticationOptions CreateClientOptions(string targetHost)
    {
        SslClientAuthenticationOptions options = new()
        {
            TargetHost = targetHost,
            ClientCertificateContext = _context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        };
        if (_authorities is not null)
        {
            options.CertificateChainPolicy = TrustOnly(_authorities);
        }

        if (_pinnedSubjects.Count > 0)
        {
            options.RemoteCertificateValidationCallback = Accept;
        }

        return options;
    }

    /// <summary>
    /// What a client on the server's own machine uses, which can read the server's files: it trusts exactly this
    /// certificate, whatever names it carries and whoever signed it.
    /// </summary>
    /// <param name="own">The client's own certificates, for a server that asks for one; null for none.</param>
    public SslClientAuthenticationOptions CreateSelfTrustingOptions(TlsMaterial? own)
    {
        byte[] expected = _certificate!.RawData;
        return new SslClientAuthenticationOptions
        {
            ClientCertificateContext = own?._context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, peer, _, _) =>
                peer is not null && peer.GetRawCertData().AsSpan().SequenceEqual(expected),
        };
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        X509ChainPolicy policy = new()
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }

    private bool Accept(object sender, X509Certificate? peer, X509Chain? chain, SslPolicyErrors errors)
    {
        if (errors != SslPolicyErrors.None || peer is not X509Certificate2 certificate)
        {
            return false;
        }

        if (_pinnedSubjects.Count == 0)
        {
            return true;
        }

        foreach (string pinned in _pinnedSubjects)
        {
            if (Carries(certificate, pinned))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Carries(X509Certificate2 certificate, string name)
    {
        if (Same(certificate.Subject, name) || HasCommonName(certificate, name))
        {
            return true;
        }

        foreach (X509Extension extension in certificate.Extensions)
        {
            if (extension is not X509SubjectAlternativeNameExtension alternatives)
            {
                continue;
            }

            foreach (string dnsName in alternatives.EnumerateDnsNames())
            {
                if (Same(dnsName, name))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private static bool HasCommonName(X509Certificate2 certificate, string name)
    {
        foreach (X500RelativeDistinguishedName part in certificate.SubjectName.EnumerateRelativeDistinguishedNames())
        {
            if (!part.HasMultipleElements
                && part.GetSingleElementType().Value == CommonName
                && Same(part.GetSingleElementValue() ?? "", name))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Same(string left, string right) =>
        string.Equals(left, right, StringComparison.OrdinalIgnoreCase);
}
