using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kevo.Testing;

namespace Kevo.Replication.Tests.World;

/// <summary>A private authority and certificates it signed, as PEM files in a directory of their own.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly X509Certificate2 _authority;

    public TestCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(AuthorityFile, _authority.ExportCertificatePem());
        Issue("server", "1.3.6.1.5.5.7.3.1");
        Issue("client", "1.3.6.1.5.5.7.3.2");
    }

    public string AuthorityFile => _directory.Combine("authority.pem");

    public string Certificate(string name) => _directory.Combine($"{name}.pem");

    public string Key(string name) => _directory.Combine($"{name}.key");

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    private void Issue(string name, string purpose)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], false));
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        byte[] serial = new byte[8];
        RandomNumberGenerator.Fill(serial);
        using X509Certificate2 certificate = request.Create(
            _authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(7), serial);
        File.WriteAllText(Certificate(name), certificate.ExportCertificatePem());
        File.WriteAllText(Key(name), key.ExportPkcs8PrivateKeyPem());
    }
}
