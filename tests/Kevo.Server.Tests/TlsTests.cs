using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Testing;
using Kevo.Wire.Contracts.Client;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>TLS at both servers over real connections.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Fact]
    public async Task A_client_that_trusts_the_authority_reads()
    {
        await using ServerFixture server = await StartAsync(mutual: false);
        server.Store.Put(Raw("k"), Raw("v"));
        Assert.True((await ClientOf(server).GetAsync(new GetRequest { Key = Bytes("k") })).Found);
    }

    [Fact]
    public async Task A_client_that_does_not_trust_it_does_not_connect()
    {
        await using ServerFixture server = await StartAsync(mutual: false);
        KevoService.KevoServiceClient client = ClientOf(server, trust: false);
        Status refusal = await RefusalOf(client.GetStatsAsync(new GetStatsRequest()));
        Assert.Contains("SSL", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mutual_tls_wants_a_client_certificate_with_a_pinned_name()
    {
        await using ServerFixture server = await StartAsync(mutual: true, pinned: "reader.example");
        await ClientOf(server, certificate: "reader").GetStatsAsync(new GetStatsRequest());
        foreach (string? other in new[] { "stranger", null })
        {
            KevoService.KevoServiceClient client = ClientOf(server, certificate: other);
            Status refusal = await RefusalOf(client.GetStatsAsync(new GetStatsRequest()));
            Assert.NotEqual(StatusCode.OK, refusal.StatusCode);
        }
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused()
    {
        using TestCertificates others = new();
        await using ServerFixture server = await StartAsync(mutual: true);
        (string certificate, string key) = others.Issue("reader", "client");
        KevoService.KevoServiceClient client = new(Channel(server, new TlsFiles
        {
            AuthorityFile = _certificates.AuthorityFile,
            CertificateFile = certificate,
            KeyFile = key,
        }));
        Assert.NotEqual(StatusCode.OK, (await RefusalOf(client.GetStatsAsync(new GetStatsRequest()))).StatusCode);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, true)]
#pragma warning disable SYSLIB0039, CA5397 // The old version is asked for on purpose: it must be refused.
    [InlineData(SslProtocols.Tls11, false)]
#pragma warning restore SYSLIB0039, CA5397
    public async Task Only_tls_1_2_and_newer_are_spoken(SslProtocols version, bool accepted)
    {
        await using ServerFixture server = await StartAsync(mutual: false);
        using TcpClient socket = new();
        await socket.ConnectAsync(IPAddress.Loopback, server.Server.Port);
        await using SslStream stream = new(socket.GetStream());
        SslClientAuthenticationOptions options = Source(new TlsFiles
        {
            AuthorityFile = _certificates.AuthorityFile,
        }).Current.CreateClientOptions("127.0.0.1");
        options.EnabledSslProtocols = version;
        options.ApplicationProtocols = [SslApplicationProtocol.Http2];
        Exception? failure = await Record.ExceptionAsync(() => stream.AuthenticateAsClientAsync(options));
        Assert.Equal(accepted, failure is null);
        if (accepted)
        {
            Assert.Equal(SslApplicationProtocol.Http2, stream.NegotiatedApplicationProtocol);
        }
    }

    [Fact]
    public async Task A_renewed_certificate_serves_new_connections_and_open_streams_go_on()
    {
        (string certificate, string key) = _certificates.Issue("node");
        CertificateSource source = Source(
            new TlsFiles { CertificateFile = certificate, KeyFile = key }, TlsRole.Server);
        await using ServerFixture server = await ServerFixture.StartAsync(Options() with { Certificates = source });
        ScanTests.Fill(server.Store, keys: 5000, valueLength: 1000);
        using AsyncServerStreamingCall<ScanResponse> scan = ClientOf(server).Scan(new ScanRequest());
        Assert.True(await scan.ResponseStream.MoveNext());
        string before = await SerialNumberAsync(server);
        _certificates.Issue("node");
        Assert.True(source.Refresh());
        Assert.NotEqual(before, await SerialNumberAsync(server));
        Assert.Equal(4999, (await RowsOf(scan)).Count);
    }

    [Fact]
    public async Task The_admin_endpoint_speaks_tls_too()
    {
        (string certificate, string key) = _certificates.Issue("node");
        CertificateSource source = Source(
            new TlsFiles { CertificateFile = certificate, KeyFile = key }, TlsRole.Server);
        SocketsHttpHandler handler = new()
        {
            SslOptions = Source(new TlsFiles { AuthorityFile = _certificates.AuthorityFile })
                .Current.CreateClientOptions("127.0.0.1"),
        };
        await using AdminFixture admin = await AdminFixture.StartAsync(source, handler);
        Assert.Equal("ok\n", await admin.Client.GetStringAsync("/livez"));
    }

    private static CertificateSource Source(TlsFiles files, TlsRole role = TlsRole.Client) =>
        new(files, role, LinuxFileSystem.Instance, TimeProvider.System);

    private static GrpcChannel Channel(ServerFixture server, TlsFiles files) => GrpcChannel.ForAddress(
        $"https://{server.Server.Address}",
        new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = Source(files).Current.CreateClientOptions("127.0.0.1"),
            },
            DisposeHttpClient = true,
        });

    private async Task<ServerFixture> StartAsync(bool mutual, string? pinned = null)
    {
        (string certificate, string key) = _certificates.Issue("node");
        return await ServerFixture.StartAsync(Options() with
        {
            Certificates = Source(
                new TlsFiles
                {
                    CertificateFile = certificate,
                    KeyFile = key,
                    AuthorityFile = mutual ? _certificates.AuthorityFile : null,
                    PinnedSubjects = pinned is null ? [] : [pinned],
                },
                TlsRole.Server),
        });
    }

    private KevoService.KevoServiceClient ClientOf(ServerFixture server, string? certificate = null, bool trust = true)
    {
        TlsFiles files = new() { AuthorityFile = trust ? _certificates.AuthorityFile : null };
        if (certificate is not null)
        {
            (string certificateFile, string keyFile) = _certificates.Issue(certificate, "client");
            files = files with { CertificateFile = certificateFile, KeyFile = keyFile };
        }

        return new KevoService.KevoServiceClient(Channel(server, files));
    }

    private async Task<string> SerialNumberAsync(ServerFixture server)
    {
        using TcpClient socket = new();
        await socket.ConnectAsync(IPAddress.Loopback, server.Server.Port);
        await using SslStream stream = new(socket.GetStream());
        await stream.AuthenticateAsClientAsync(Source(new TlsFiles { AuthorityFile = _certificates.AuthorityFile })
            .Current.CreateClientOptions("127.0.0.1"));
        return stream.RemoteCertificate!.GetSerialNumberString();
    }
}
