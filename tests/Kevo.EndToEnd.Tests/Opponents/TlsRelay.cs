using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Storage.Log;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.EndToEnd.Tests.Opponents;

/// <summary>A relay that serves one entry over TLS, with a certificate of a private authority.</summary>
internal sealed class TlsRelay : IAsyncDisposable
{
    /// <summary>A name the certificate carries beside the loopback address.</summary>
    public const string Name = "relay.example";

    private readonly WriteAheadLog _log;
    private readonly RelayPrimary _primary;
    private readonly RelayHost _host;

    private TlsRelay(WriteAheadLog log, RelayPrimary primary, RelayHost host, string authorityFile)
    {
        _log = log;
        _primary = primary;
        _host = host;
        AuthorityFile = authorityFile;
    }

    /// <summary>The certificate that signed the relay's.</summary>
    public string AuthorityFile { get; }

    /// <summary>Where it listens.</summary>
    public string Address => _host.Address.ToString();

    /// <summary>Makes log and certificates in a directory and starts on a free port.</summary>
    public static async Task<TlsRelay> StartAsync(string directory)
    {
        Directory.CreateDirectory(directory);
        WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions { Directory = Path.Combine(directory, "log") }, LinuxFileSystem.Instance);
        var primary = new RelayPrimary(log);
        primary.Put("key"u8, "value"u8);
        TlsFiles files = WriteCertificates(directory, out string authority);
        var service = new RelayService(
            log, new RelayOptions { NodeId = "tls" }, TimeProvider.System, NullLogger.Instance);
        RelayHost host = await RelayHost.StartAsync(
            service,
            new RelayHostOptions
            {
                Address = new IPEndPoint(IPAddress.Loopback, 0),
                Tls = new CertificateSource(files, TlsRole.Server, LinuxFileSystem.Instance, TimeProvider.System),
            },
            TestContext.Current.CancellationToken);
        return new TlsRelay(log, primary, host, authority);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _primary.Dispose();
        _log.Dispose();
    }

    private static TlsFiles WriteCertificates(string directory, out string authorityFile)
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        using X509Certificate2 authority = authorityRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=relay", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        names.AddDnsName(Name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        using X509Certificate2 certificate = request.Create(authority, now.AddHours(-1), now.AddDays(7), [1, 2, 3, 4]);
        authorityFile = Path.Combine(directory, "authority.pem");
        string certificateFile = Path.Combine(directory, "relay.pem");
        string keyFile = Path.Combine(directory, "relay.key");
        File.WriteAllText(authorityFile, authority.ExportCertificatePem());
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return new TlsFiles { CertificateFile = certificateFile, KeyFile = keyFile };
    }
}
