using Google.Protobuf;
using Grpc.Core;
using Kevo.Server.Hosting;
using Kevo.Server.Reads;
using Kevo.Wire.Contracts.Client;
using Microsoft.Extensions.Time.Testing;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>Read-only transactions: one snapshot each, ids of their own, limits and texts as stock has them.</summary>
public sealed class TransactionTests
{
    [Fact]
    public async Task A_transaction_reads_one_position_from_begin_to_end()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("old"));
        string id = await Begin(server);
        server.Store.Put(Raw("k"), Raw("new"));
        server.Store.Put(Raw("l"), Raw("new"));
        Assert.Equal("old", (await server.Client.TxGetAsync(TxGet(id, "k"))).Value.ToStringUtf8());
        Assert.False((await server.Client.TxGetAsync(TxGet(id, "l"))).Found);
        using AsyncServerStreamingCall<TxScanResponse> scan =
            server.Client.TxScan(new TxScanRequest { TransactionId = id });
        Assert.Equal("1:1", (await scan.ResponseHeadersAsync).GetValue("kevo-position"));
        Assert.Equal(["k=old"], await RowsOf(scan));
        Assert.True((await server.Client.CommitTransactionAsync(Commit(id))).Success);
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    [Fact]
    public async Task Ids_name_the_node_and_never_look_like_the_primarys()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        string first = await Begin(server);
        string second = await Begin(server);
        Assert.StartsWith("r-n1-", first, StringComparison.Ordinal);
        Assert.NotEqual(first, second);
    }

    [Fact]
    public async Task A_finished_or_unknown_id_is_not_found_in_every_call()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        string id = await Begin(server);
        Assert.True((await server.Client.RollbackTransactionAsync(Rollback(id))).Success);
        foreach (string name in new[] { id, "tx-1", "" })
        {
            await AssertNotFound(server, name);
        }
    }

    [Fact]
    public async Task A_bad_key_is_refused_and_the_transaction_lives_on()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        string id = await Begin(server);
        Status refusal = await RefusalOf(server.Client.TxGetAsync(new TxGetRequest { TransactionId = id }));
        Assert.Equal(StatusCode.Unknown, refusal.StatusCode);
        Assert.Equal("invalid key size", refusal.Detail);
        Assert.True((await server.Client.RollbackTransactionAsync(Rollback(id))).Success);
    }

    [Fact]
    public async Task Writes_in_a_transaction_are_sent_to_the_primary()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        string id = await Begin(server);
        const string expected = "engine is in read-only mode (replica); primary node at primary.example:50051";
        Status put = await RefusalOf(server.Client.TxPutAsync(new TxPutRequest { TransactionId = id }));
        Status delete = await RefusalOf(server.Client.TxDeleteAsync(new TxDeleteRequest { TransactionId = id }));
        Assert.Equal((StatusCode.FailedPrecondition, expected), (put.StatusCode, put.Detail));
        Assert.Equal((StatusCode.FailedPrecondition, expected), (delete.StatusCode, delete.Detail));
    }

    [Fact]
    public async Task Prefix_suffix_range_and_limit_work_as_in_scan()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        foreach (string key in new[] { "a", "ab", "b", "bb" })
        {
            server.Store.Put(Raw(key), Raw("v"));
        }

        string id = await Begin(server);
        Assert.Equal(["ab=v"], await Scan(server, new TxScanRequest { TransactionId = id, Prefix = Bytes("ab") }));
        Assert.Equal(
            ["ab=v", "b=v", "bb=v"],
            await Scan(server, new TxScanRequest { TransactionId = id, Suffix = Bytes("b"), StartKey = Bytes("z") }));
        Assert.Equal(
            ["ab=v", "b=v"],
            await Scan(server, new TxScanRequest { TransactionId = id, StartKey = Bytes("ab"), EndKey = Bytes("bb") }));
        Assert.Equal(["a=v"], await Scan(server, new TxScanRequest { TransactionId = id, Limit = 1 }));
    }

    [Fact]
    public async Task An_idle_transaction_expires_after_30_seconds_for_its_client()
    {
        FakeTimeProvider time = new();
        await using ServerFixture server = await ServerFixture.StartAsync(time: time);
        string id = await Begin(server);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False((await server.Client.TxGetAsync(TxGet(id, "k"))).Found);
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False((await server.Client.TxGetAsync(TxGet(id, "k"))).Found);
        time.Advance(TimeSpan.FromSeconds(30));
        await AssertNotFound(server, id);
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    [Fact]
    public async Task A_busy_transaction_expires_after_180_seconds()
    {
        FakeTimeProvider time = new();
        await using ServerFixture server = await ServerFixture.StartAsync(time: time);
        string id = await Begin(server);
        for (int use = 0; use < 8; use++)
        {
            time.Advance(TimeSpan.FromSeconds(20));
            Assert.False((await server.Client.TxGetAsync(TxGet(id, "k"))).Found);
        }

        time.Advance(TimeSpan.FromSeconds(20));
        await AssertNotFound(server, id);
    }

    [Fact]
    public async Task An_abandoned_transaction_lets_its_snapshot_go_without_anyone_asking()
    {
        FakeTimeProvider time = new();
        await using ServerFixture server = await ServerFixture.StartAsync(time: time);
        await Begin(server);
        Assert.Equal(1, server.Store.OpenSnapshots);
        time.Advance(TimeSpan.FromSeconds(36));
        await Until(() => server.Store.OpenSnapshots == 0);
        Assert.Contains("kevo_replica_transactions_expired_total 1", Scrape(server), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_in_an_expired_transaction_ends_as_not_found()
    {
        FakeTimeProvider time = new();
        await using ServerFixture server = await ServerFixture.StartAsync(time: time);
        ScanTests.Fill(server.Store, keys: 20_000, valueLength: 1000);
        string id = await Begin(server);
        using AsyncServerStreamingCall<TxScanResponse> scan =
            server.Client.TxScan(new TxScanRequest { TransactionId = id });
        Assert.True(await scan.ResponseStream.MoveNext());
        await Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(35));
            return server.Store.OpenSnapshots == 0;
        });
        RpcException ended = await Assert.ThrowsAsync<RpcException>(() => RowsOf(scan));
        Assert.True(
            ended.StatusCode is StatusCode.Unknown or StatusCode.Cancelled or StatusCode.Internal, ended.ToString());
    }

    [Fact]
    public async Task Too_many_transactions_are_refused_until_some_end()
    {
        ReadServerOptions options = Options(service => service with
        {
            Transactions = new TransactionLimits { MaxOpen = 2 },
        });
        await using ServerFixture server = await ServerFixture.StartAsync(options);
        string id = await Begin(server);
        await Begin(server);
        Status refusal = await RefusalOf(
            server.Client.BeginTransactionAsync(new BeginTransactionRequest { ReadOnly = true }));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        await server.Client.CommitTransactionAsync(Commit(id));
        await Begin(server);
        Assert.Equal(2, server.Store.OpenSnapshots);
    }

    [Fact]
    public async Task A_begin_that_fails_gives_its_place_back()
    {
        ReadServerOptions options = Options(service => service with
        {
            Transactions = new TransactionLimits { MaxOpen = 1 },
        });
        await using ServerFixture server = await ServerFixture.StartAsync(options);
        server.Store.MaxSnapshots = 0;
        Status refusal = await RefusalOf(
            server.Client.BeginTransactionAsync(new BeginTransactionRequest { ReadOnly = true }));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        server.Store.MaxSnapshots = 10;
        await Begin(server);
    }

    [Fact]
    public async Task Stopping_the_server_ends_every_transaction()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        await Begin(server);
        await Begin(server);
        await server.Server.StopAsync(CancellationToken.None);
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    [Fact]
    public async Task Reads_and_scans_of_one_transaction_may_run_at_the_same_time()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        ScanTests.Fill(server.Store, keys: 3000, valueLength: 300);
        string id = await Begin(server);
        Task<int>[] scans = [.. Enumerable.Range(0, 4).Select(_ => CountRows(server, id))];
        for (int read = 0; read < 300; read++)
        {
            Assert.True((await server.Client.TxGetAsync(new TxGetRequest
            {
                TransactionId = id,
                Key = ByteString.CopyFrom(ScanTests.KeyOf(read)),
            })).Found);
        }

        Assert.All(await Task.WhenAll(scans).WaitAsync(Patience), rows => Assert.Equal(3000, rows));
        await server.Client.CommitTransactionAsync(Commit(id));
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    private static async Task<int> CountRows(ServerFixture server, string id)
    {
        using AsyncServerStreamingCall<TxScanResponse> scan =
            server.Client.TxScan(new TxScanRequest { TransactionId = id });
        return (await RowsOf(scan)).Count;
    }

    private static async Task<string> Begin(ServerFixture server) =>
        (await server.Client.BeginTransactionAsync(new BeginTransactionRequest { ReadOnly = true })).TransactionId;

    private static async Task<List<string>> Scan(ServerFixture server, TxScanRequest request)
    {
        using AsyncServerStreamingCall<TxScanResponse> scan = server.Client.TxScan(request);
        return await RowsOf(scan);
    }

    private static async Task AssertNotFound(ServerFixture server, string id)
    {
        KevoService.KevoServiceClient client = server.Client;
        List<Status> refusals =
        [
            await RefusalOf(client.TxGetAsync(TxGet(id, "k"))),
            await RefusalOf(client.TxPutAsync(new TxPutRequest { TransactionId = id })),
            await RefusalOf(client.TxDeleteAsync(new TxDeleteRequest { TransactionId = id })),
            await RefusalOf(client.CommitTransactionAsync(Commit(id))),
            await RefusalOf(client.RollbackTransactionAsync(Rollback(id))),
        ];
        using AsyncServerStreamingCall<TxScanResponse> scan = client.TxScan(new TxScanRequest { TransactionId = id });
        refusals.Add((await Assert.ThrowsAsync<RpcException>(() => RowsOf(scan))).Status);
        Assert.All(refusals, refusal =>
        {
            Assert.Equal(StatusCode.Unknown, refusal.StatusCode);
            Assert.Equal($"transaction not found: {id}", refusal.Detail);
        });
    }

    private static TxGetRequest TxGet(string id, string key) => new() { TransactionId = id, Key = Bytes(key) };

    private static CommitTransactionRequest Commit(string id) => new() { TransactionId = id };

    private static RollbackTransactionRequest Rollback(string id) => new() { TransactionId = id };
}
