using Grpc.Core;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Relay.Stock;
using Kevo.Relay.StockServer;
using Kevo.Server.Hosting;
using Kevo.Testing;
using Kevo.Wire.Contracts.Client;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>Writes passed on to a primary that behaves like stock Kevo.</summary>
public sealed class ForwardingTests
{
    [Fact]
    public async Task Writes_arrive_at_the_primary_and_are_answered_by_it()
    {
        await using StockPrimaryHost primary = await StartPrimaryAsync();
        await using ServerFixture server = await StartAsync(primary);
        Assert.True((await server.Client.PutAsync(new PutRequest { Key = Bytes("a"), Value = Bytes("1") })).Success);
        Assert.True((await server.Client.PutAsync(new PutRequest { Key = Bytes("b"), Value = Bytes("1") })).Success);
        Assert.True((await server.Client.DeleteAsync(new DeleteRequest { Key = Bytes("b") })).Success);
        BatchWriteRequest batch = new();
        batch.Operations.Add(new Operation { Key = Bytes("c"), Value = Bytes("2") });
        Assert.True((await server.Client.BatchWriteAsync(batch)).Success);
        Assert.True((await server.Client.CompactAsync(new CompactRequest { Force = true })).Success);
        Assert.Equal(["__compact_marker__=force", "a=1", "c=2"], await PrimaryRows(primary));
        Assert.Contains("kevo_replica_forwarded_total 5", Scrape(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reads_stay_local()
    {
        await using StockPrimaryHost primary = await StartPrimaryAsync();
        await using ServerFixture server = await StartAsync(primary);
        await server.Client.PutAsync(new PutRequest { Key = Bytes("a"), Value = Bytes("1") });
        Assert.False((await server.Client.GetAsync(new GetRequest { Key = Bytes("a") })).Found);
    }

    [Fact]
    public async Task A_read_write_transaction_lives_on_the_primary_under_an_id_of_ours()
    {
        await using StockPrimaryHost primary = await StartPrimaryAsync();
        await using ServerFixture server = await StartAsync(primary);
        KevoService.KevoServiceClient client = server.Client;
        string id = (await client.BeginTransactionAsync(new BeginTransactionRequest())).TransactionId;
        Assert.StartsWith("r-n1-", id, StringComparison.Ordinal);
        await client.TxPutAsync(new TxPutRequest { TransactionId = id, Key = Bytes("a"), Value = Bytes("1") });
        await client.TxPutAsync(new TxPutRequest { TransactionId = id, Key = Bytes("b"), Value = Bytes("2") });
        await client.TxDeleteAsync(new TxDeleteRequest { TransactionId = id, Key = Bytes("b") });
        TxGetResponse own = await client.TxGetAsync(new TxGetRequest { TransactionId = id, Key = Bytes("a") });
        Assert.Equal("1", own.Value.ToStringUtf8());
        using AsyncServerStreamingCall<TxScanResponse> scan = client.TxScan(new TxScanRequest { TransactionId = id });
        Assert.Equal(["a=1"], await RowsOf(scan));
        Assert.True((await client.CommitTransactionAsync(
            new CommitTransactionRequest { TransactionId = id })).Success);
        Assert.Equal(["a=1"], await PrimaryRows(primary));
        Status refusal = await RefusalOf(client.CommitTransactionAsync(
            new CommitTransactionRequest { TransactionId = id }));
        Assert.Equal($"transaction not found: {id}", refusal.Detail);
    }

    [Fact]
    public async Task A_rollback_reaches_the_primary_and_frees_its_lock()
    {
        await using StockPrimaryHost primary = await StartPrimaryAsync();
        await using ServerFixture server = await StartAsync(primary);
        for (int round = 0; round < 2; round++)
        {
            string id = (await server.Client.BeginTransactionAsync(
                new BeginTransactionRequest(), deadline: DateTime.UtcNow + Patience)).TransactionId;
            await server.Client.TxPutAsync(
                new TxPutRequest { TransactionId = id, Key = Bytes("a"), Value = Bytes("1") });
            await server.Client.RollbackTransactionAsync(new RollbackTransactionRequest { TransactionId = id });
        }

        Assert.Empty(await PrimaryRows(primary));
    }

    [Fact]
    public async Task Writes_in_a_local_read_only_transaction_are_refused_as_the_primary_would()
    {
        await using StockPrimaryHost primary = await StartPrimaryAsync();
        await using ServerFixture server = await StartAsync(primary);
        string id = (await server.Client.BeginTransactionAsync(
            new BeginTransactionRequest { ReadOnly = true })).TransactionId;
        Status put = await RefusalOf(server.Client.TxPutAsync(new TxPutRequest { TransactionId = id }));
        Status delete = await RefusalOf(server.Client.TxDeleteAsync(new TxDeleteRequest { TransactionId = id }));
        Assert.Equal(
            (StatusCode.Unknown, "cannot write to read-only transaction"), (put.StatusCode, put.Detail));
        Assert.Equal(
            (StatusCode.Unknown, "cannot delete in read-only transaction"), (delete.StatusCode, delete.Detail));
    }

    [Fact]
    public async Task A_primary_that_is_gone_is_unavailable_and_named()
    {
        StockPrimaryHost primary = await StartPrimaryAsync();
        await using ServerFixture server = await StartAsync(primary);
        string address = primary.ClientAddress.ToString();
        await primary.DisposeAsync();
        Status refusal = await RefusalOf(server.Client.PutAsync(
            new PutRequest { Key = Bytes("a"), Value = Bytes("1") }));
        Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
        Assert.Contains(address, refusal.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("primary.example", true)]
    [InlineData("other.example", false)]
    public async Task Forwarding_speaks_tls_by_the_name_expected_and_takes_up_renewed_certificates(
        string? serverName, bool accepted)
    {
        using TestCertificates certificates = new();
        (string certificate, string key) = certificates.Issue("primary");
        CertificateSource serving = new(
            new TlsFiles
            {
                CertificateFile = certificate,
                KeyFile = key,
                AuthorityFile = certificates.AuthorityFile,
            },
            TlsRole.Server,
            LinuxFileSystem.Instance,
            TimeProvider.System);
        await using StockPrimaryHost primary = await StartPrimaryAsync(serving);
        (certificate, key) = certificates.Issue("replica", "client");
        CertificateSource calling = new(
            new TlsFiles
            {
                CertificateFile = certificate,
                KeyFile = key,
                AuthorityFile = certificates.AuthorityFile,
            },
            TlsRole.Client,
            LinuxFileSystem.Instance,
            TimeProvider.System);
        await using ServerFixture server = await ServerFixture.StartAsync(
            Options(service => service with { PrimaryClientAddress = primary.ClientAddress.ToString() }) with
            {
                ForwardWrites = true,
                PrimaryCertificates = calling,
                PrimaryServerName = serverName,
            });
        PutRequest request = new() { Key = Bytes("a"), Value = Bytes("1") };
        if (!accepted)
        {
            Status refusal = await RefusalOf(server.Client.PutAsync(request));
            Assert.Equal(StatusCode.Unavailable, refusal.StatusCode);
            Assert.Contains($"primary node at {primary.ClientAddress} ", refusal.Detail, StringComparison.Ordinal);
            Assert.Contains("certificate", refusal.Detail, StringComparison.OrdinalIgnoreCase);
            return;
        }

        Assert.True((await server.Client.PutAsync(request)).Success);
        certificates.Issue("replica", "client");
        Assert.True(calling.Refresh());
        Assert.True((await server.Client.PutAsync(request)).Success);
    }

    private static async Task<StockPrimaryHost> StartPrimaryAsync(CertificateSource? certificates = null) =>
        await StockPrimaryHost.StartAsync(
            new StockPrimaryModel(new StockPrimaryOptions(), TimeProvider.System),
            new StockPrimaryHostOptions { Tls = certificates },
            TimeProvider.System);

    private static Task<ServerFixture> StartAsync(StockPrimaryHost primary) => ServerFixture.StartAsync(
        Options(service => service with { PrimaryClientAddress = primary.ClientAddress.ToString() }) with
        {
            ForwardWrites = true,
        });

    private static async Task<List<string>> PrimaryRows(StockPrimaryHost primary)
    {
        using Grpc.Net.Client.GrpcChannel channel =
            Grpc.Net.Client.GrpcChannel.ForAddress($"http://{primary.ClientAddress}");
        using AsyncServerStreamingCall<ScanResponse> scan =
            new KevoService.KevoServiceClient(channel).Scan(new ScanRequest());
        return await RowsOf(scan);
    }
}
