using System.Net;
using System.Net.Sockets;
using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Relay.Stock;
using Kevo.Relay.StockServer;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Replication.Tests.World;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Tests.Session;

/// <summary>The gRPC connector against real peers, most of them the wrong ones.</summary>
public sealed class ConnectorTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_relay_is_recognised_and_its_stream_read()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Fill(3);
        await using Opened opened = await OpenAsync(new ConnectorOptions { Address = $"{relay.Address}" });
        Assert.Equal(
            ("relay-1", 3ul), (opened.Session.Headers.Relay!.NodeId, opened.Session.Headers.Relay.LastSequence));
        Assert.NotNull(opened.Session.Headers.SessionId);
        using StreamMessage? message = await opened.ReceiveAsync();
        Assert.Equal(3, message!.Read().EntryCount);
        Assert.True((await opened.Session.AcknowledgeAsync(3, CancellationToken.None)).Success);
        Assert.False((await opened.Session.AcknowledgeAsync(99, CancellationToken.None)).Success);
        Assert.True((await opened.Session.NegativeAcknowledgeAsync(2, CancellationToken.None)).Success);
        using StreamMessage? again = await opened.ReceiveAsync();
        Assert.Equal(2, again!.Read().EntryCount);
    }

    [Fact]
    public async Task A_stock_primary_is_told_apart_by_its_headers()
    {
        await using StockPrimaryHost stock = await StartStockAsync();
        stock.Run(model => model.Put("k"u8.ToArray(), "v"u8.ToArray()));
        await using Opened opened = await OpenAsync(
            new ConnectorOptions { Address = $"{stock.ReplicationAddress}" }, start: 1);
        Assert.Null(opened.Session.Headers.Relay);
        Assert.StartsWith("replica-", opened.Session.Headers.SessionId, StringComparison.Ordinal);
        using StreamMessage? message = await opened.ReceiveAsync();
        Assert.Equal(1, message!.Read().EntryCount);
    }

    [Fact]
    public async Task A_probe_tells_a_relay_from_a_stock_primary_and_leaves_no_trace_at_either()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        await using StockPrimaryHost stock = await StartStockAsync();
        Assert.True(await ProbeAsync($"{relay.Address}"));
        Assert.False(await ProbeAsync($"{stock.ReplicationAddress}"));
        Assert.Equal((0, 0), stock.Run(model => (model.StreamsOpened, model.Acknowledgements)));
    }

    [Fact]
    public async Task A_fence_is_answered_over_the_streams_connection_only_and_leaves_no_trace()
    {
        await using StockPrimaryHost stock = await StartStockAsync();
        await using Opened opened = await OpenAsync(new ConnectorOptions { Address = $"{stock.ReplicationAddress}" });
        stock.Run(model => model.Put("k"u8.ToArray(), "v"u8.ToArray()));
        await opened.Session.FenceAsync(CancellationToken.None).AsTask().WaitAsync(Limit);
        Assert.Equal(0, stock.Run(model => model.Acknowledgements));
        using StreamMessage? message = await opened.ReceiveAsync();
        Assert.Equal(1, message!.Read().EntryCount);
        Assert.False(opened.Session.IsReceiving);
        await stock.RestartAsync();
        await Assert.ThrowsAnyAsync<Exception>(
            () => opened.Session.FenceAsync(CancellationToken.None).AsTask().WaitAsync(Limit));
    }

    private static async Task<bool> ProbeAsync(string address)
    {
        await using GrpcPrimaryConnector connector = new(
            new ConnectorOptions { Address = address }, LinuxFileSystem.Instance, TimeProvider.System);
        using CancellationTokenSource limit = new(Limit);
        await using IPrimaryConnection connection = await connector.ConnectAsync(limit.Token);
        return await connection.ProbeAsync(limit.Token);
    }

    [Fact]
    public async Task A_port_where_nothing_listens_is_unreachable()
    {
        Failure failure = await FailAsync(new ConnectorOptions { Address = $"127.0.0.1:{FreePort()}" });
        Assert.Equal(ErrorKind.Connection, failure.Kind);
        Assert.Contains("cannot be reached: Connection refused", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_named()
    {
        Failure failure = await FailAsync(new ConnectorOptions { Address = "no-such-host.invalid:50052" });
        Assert.Equal(ErrorKind.Connection, failure.Kind);
        Assert.Contains("no-such-host.invalid", failure.Error.Message, StringComparison.Ordinal);
        Assert.Contains("resolved", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_http1_server_is_said_to_be_no_grpc_server()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        Task server =
            AnswerAsync(listener, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        Failure failure = await FailAsync(new ConnectorOptions { Address = $"{listener.LocalEndpoint}" });
        Assert.Equal(ErrorKind.Connection, failure.Kind);
        Assert.Contains("does not speak gRPC without TLS", failure.Error.Message, StringComparison.Ordinal);
        await server.WaitAsync(Limit);
    }

    [Fact]
    public async Task The_client_port_of_a_primary_is_said_to_be_the_wrong_one()
    {
        await using StockPrimaryHost stock = await StartStockAsync();
        Failure failure = await FailAsync(new ConnectorOptions { Address = $"{stock.ClientAddress}" });
        Assert.Equal(ErrorKind.Connection, failure.Kind);
        Assert.Contains("replication port", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_against_a_plaintext_port_says_so()
    {
        using TestCertificates certificates = new();
        await using TestRelay relay = await TestRelay.StartAsync();
        Failure failure = await FailAsync(new ConnectorOptions
        {
            Address = $"localhost:{relay.Address.Port}", Tls =
                new TlsFiles { AuthorityFile = certificates.AuthorityFile },
        });
        Assert.Equal(ErrorKind.Connection, failure.Kind);
        Assert.Contains("TLS", failure.Error.Message, StringComparison.Ordinal);
        Assert.Contains("plaintext", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plaintext_against_a_tls_port_says_so()
    {
        using TestCertificates certificates = new();
        await using TestRelay relay = await TestRelay.StartAsync(ServerTls(certificates));
        Failure failure = await FailAsync(new ConnectorOptions { Address = $"localhost:{relay.Address.Port}" });
        Assert.Equal(ErrorKind.Connection, failure.Kind);
        Assert.Contains("TLS", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_refused_by_name()
    {
        using TestCertificates certificates = new();
        using TestCertificates others = new();
        await using TestRelay relay = await TestRelay.StartAsync(ServerTls(certificates));
        Failure failure = await FailAsync(new ConnectorOptions
        {
            Address = $"localhost:{relay.Address.Port}", Tls = new TlsFiles { AuthorityFile = others.AuthorityFile },
        });
        Assert.Equal(ErrorKind.Connection, failure.Kind);
        Assert.Contains("certificate", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_known_certificate_is_accepted()
    {
        using TestCertificates certificates = new();
        await using TestRelay relay = await TestRelay.StartAsync(ServerTls(certificates));
        relay.Fill(1);
        await using Opened opened = await OpenAsync(new ConnectorOptions
        {
            Address = $"localhost:{relay.Address.Port}", Tls =
                new TlsFiles { AuthorityFile = certificates.AuthorityFile },
        });
        Assert.Equal("relay-1", opened.Session.Headers.Relay!.NodeId);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_relay_that_wants_client_certificates_gets_them_or_refuses(bool shown)
    {
        using TestCertificates certificates = new();
        await using TestRelay relay = await TestRelay.StartAsync(
            ServerTls(certificates, authority: certificates.AuthorityFile));
        relay.Fill(1);
        ConnectorOptions options = new()
        {
            Address = $"localhost:{relay.Address.Port}",
            Tls = new TlsFiles
            {
                AuthorityFile = certificates.AuthorityFile,
                CertificateFile = shown ? certificates.Certificate("client") : null,
                KeyFile = shown ? certificates.Key("client") : null,
            },
        };
        if (shown)
        {
            await using Opened opened = await OpenAsync(options);
            Assert.NotNull(opened.Session.Headers.Relay);
        }
        else
        {
            Assert.Equal(ErrorKind.Connection, (await FailAsync(options)).Kind);
        }
    }

    [Fact]
    public void A_missing_certificate_file_is_named_when_the_connector_is_made()
    {
        ConnectorOptions options = new()
        {
            Address = "localhost:1", Tls = new TlsFiles { AuthorityFile = "/no/such/authority.pem" },
        };
        ConfigurationException refused = Assert.Throws<ConfigurationException>(() => Connector(options));
        Assert.Contains("/no/such/authority.pem", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_above_the_limit_is_a_protocol_error_that_names_the_setting()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Primary.Put("k"u8, new byte[200_000]);
        Failure failure = await FailAsync(
            new ConnectorOptions { Address = $"{relay.Address}", MaxReceiveMessageBytes = 100_000 });
        Assert.Equal(ErrorKind.Protocol, failure.Kind);
        Assert.Contains("limit", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_epoch_is_divergence()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Fill(5);
        Failure failure = await FailAsync(new ConnectorOptions { Address = $"{relay.Address}" }, start: 3, epoch: 2);
        Assert.Equal((ErrorKind.Divergence, FailureDecision.Resync), (failure.Kind, failure.Decision));
    }

    [Fact]
    public async Task A_peer_that_accepts_and_says_nothing_can_be_cancelled()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        using CancellationTokenSource cancel = new();
        Task<Opened> opening = OpenAsync(
            new ConnectorOptions { Address = $"{listener.LocalEndpoint}" }, cancellation: cancel.Token);
        using TcpClient accepted = await listener.AcceptTcpClientAsync().WaitAsync(Limit);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening.WaitAsync(Limit));
    }

    private static CertificateSource ServerTls(TestCertificates certificates, string? authority = null) => new(
        new TlsFiles
        {
            CertificateFile = certificates.Certificate("server"),
            KeyFile = certificates.Key("server"),
            AuthorityFile = authority,
        },
        TlsRole.Server,
        LinuxFileSystem.Instance,
        TimeProvider.System);

    private static Task<StockPrimaryHost> StartStockAsync() => StockPrimaryHost.StartAsync(
        new StockPrimaryModel(new StockPrimaryOptions(), TimeProvider.System), new StockPrimaryHostOptions(),
            TimeProvider.System);

    private static GrpcPrimaryConnector Connector(ConnectorOptions options) =>
        new(options, LinuxFileSystem.Instance, TimeProvider.System, Entries.Pool);

    private static SessionRequest Request(ulong start, ulong epoch) => new()
    {
        StartSequence = start,
        Epoch = epoch,
        ProtocolVersion = 1,
        CompressionSupported = true,
        PreferredCodec = CompressionCodec.None,
        ListenerAddress = "test:1",
        NodeId = "replica-1",
    };

    private static async Task<Opened> OpenAsync(
        ConnectorOptions options, ulong start = 0, ulong epoch = 0, CancellationToken cancellation = default)
    {
        GrpcPrimaryConnector connector = Connector(options);
        IPrimaryConnection connection = await connector.ConnectAsync(cancellation);
        try
        {
            return new Opened(connection, await connection.OpenSessionAsync(Request(start, epoch), cancellation));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Goes as far as it can and returns how the judge names what stopped it.</summary>
    private static async Task<Failure> FailAsync(ConnectorOptions options, ulong start = 0, ulong epoch = 0)
    {
        Exception? met = null;
        try
        {
            await using Opened opened = await OpenAsync(options, start, epoch).WaitAsync(Limit);
            using StreamMessage? message = await opened.ReceiveAsync();
        }
        catch (Exception failed)
        {
            met = failed;
        }

        Assert.NotNull(met);
        Assert.True(FailureJudge.TryJudge(met, out Failure failure), met.ToString());
        TestContext.Current.TestOutputHelper?.WriteLine(failure.Error.Message);
        return failure;
    }

    private static async Task AnswerAsync(TcpListener listener, string text)
    {
        using TcpClient client = await listener.AcceptTcpClientAsync();
        NetworkStream stream = client.GetStream();
        byte[] buffer = new byte[1024];
        _ = await stream.ReadAsync(buffer);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text));
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Opened(IPrimaryConnection connection, IReplicationSession session) : IAsyncDisposable
    {
        public IReplicationSession Session => session;

        public Task<StreamMessage?> ReceiveAsync() =>
            session.ReceiveAsync(CancellationToken.None).AsTask().WaitAsync(Limit);

        public async ValueTask DisposeAsync()
        {
            await session.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
