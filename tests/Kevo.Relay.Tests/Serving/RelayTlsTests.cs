using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Relay.Hosting;
using Kevo.Testing;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Tests.Serving;

/// <summary>A relay behind a certificate.</summary>
public sealed class RelayTlsTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_stream_over_tls_works_and_a_plain_client_fails_clearly()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(10);
        var source = new CertificateSource(
            Issue(), TlsRole.Server, LinuxFileSystem.Instance, TimeProvider.System);
        await using RelayHost host = await RelayHost.StartAsync(fixture.Relay, new RelayHostOptions { Tls = source });
        Assert.Equal("https", host.Uri.Scheme);

        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null,
            },
        };
        using GrpcChannel channel = GrpcChannel.ForAddress(host.Uri, new GrpcChannelOptions { HttpHandler = handler });
        using RelayStream stream = Open(channel);
        Assert.Equal(10, (await stream.ReadEntriesAsync(10)).Sum(message => message.Entries.Count));

        using GrpcChannel plain = GrpcChannel.ForAddress($"http://{host.Address}");
        using RelayStream refused = Open(plain);
        Assert.Contains(
            (await refused.FailureAsync()).StatusCode, (StatusCode[])[StatusCode.Unavailable, StatusCode.Internal]);
    }

    private static RelayStream Open(GrpcChannel channel)
    {
        var client = new WALReplicationService.WALReplicationServiceClient(channel);
        return new RelayStream(client, client.StreamWAL(new WALStreamRequest { ListenerAddress = "replica:1" }));
    }

    private TlsFiles Issue()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=relay", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using X509Certificate2 certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(10));
        string certificateFile = _directory.Combine("relay.pem");
        string keyFile = _directory.Combine("relay.key");
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return new TlsFiles { CertificateFile = certificateFile, KeyFile = keyFile };
    }
}
