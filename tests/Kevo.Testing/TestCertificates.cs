using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Kevo.Testing;

/// <summary>An authority and the certificates it issues, as PEM files in a directory of the test.</summary>
public sealed class TestCertificates : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-10);

    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _authority;

    /// <summary>Makes the authority.</summary>
    public TestCertificates()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=Test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(From, DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
    }

    /// <summary>The authority's certificate.</summary>
    public string AuthorityFile => _directory.Combine("authority.pem");

    /// <summary>A path in the same directory.</summary>
    public string PathOf(string name) => _directory.Combine(name);

    /// <summary>
    /// Issues a certificate for 127.0.0.1 and writes NAME.pem and NAME.key, replacing what was there. Its purpose is
    /// "server", "client" or "both".
    /// </summary>
    public (string Certificate, string Key) Issue(
        string name, string purpose = "server", DateTimeOffset? until = null, DateTimeOffset? from = null)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName($"{name}.example");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        OidCollection purposes = [];
        if (purpose != "client")
        {
            purposes.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        }

        if (purpose != "server")
        {
            purposes.Add(new Oid("1.3.6.1.5.5.7.3.2"));
        }

        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(purposes, critical: false));
        using X509Certificate2 certificate = request.Create(
            _authority, from ?? From, until ?? DateTimeOffset.UtcNow.AddDays(20), RandomNumberGenerator.GetBytes(12));
        string certificateFile = _directory.Combine($"{name}.pem");
        string keyFile = _directory.Combine($"{name}.key");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (certificateFile, keyFile);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }
}
