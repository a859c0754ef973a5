using Google.Protobuf;
using Grpc.Core;
using Kevo.Relay.Stock;
using Kevo.Relay.Tests.Serving;
using Kevo.Wire.Contracts.Client;

namespace Kevo.Relay.Tests.StockServer;

/// <summary>The simulated primary's client port: answers, checks and texts.</summary>
public sealed class StockClientServiceTests
{
    private static readonly ByteString LongKey = ByteString.CopyFrom(new byte[4_097]);

    [Fact]
    public async Task Writes_and_reads_agree()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        await fixture.PutAsync("a", "1");
        await fixture.PutAsync("b", "2");
        await fixture.Client.DeleteAsync(new DeleteRequest { Key = StockHostFixture.Bytes("a") });
        await fixture.Client.DeleteAsync(new DeleteRequest { Key = StockHostFixture.Bytes("never there") });

        Assert.Null(await fixture.GetAsync("a"));
        Assert.Equal("2", await fixture.GetAsync("b"));
        Assert.Equal(["b"], await fixture.ScanAsync());
        GetStatsResponse stats = await fixture.Client.GetStatsAsync(new GetStatsRequest());
        Assert.Equal(1, stats.KeyCount);
        Assert.Equal(4UL, fixture.Model.LastSynced);
    }

    [Fact]
    public async Task Bad_keys_are_refused_with_stock_texts()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        KevoService.KevoServiceClient client = fixture.Client;
        foreach (ByteString key in (ByteString[])[ByteString.Empty, LongKey])
        {
            await ExpectAsync("invalid key size", () => client.GetAsync(new GetRequest { Key = key }).ResponseAsync);
            await ExpectAsync("invalid key size", () => client.PutAsync(new PutRequest { Key = key }).ResponseAsync);
            await ExpectAsync(
                "invalid key size", () => client.DeleteAsync(new DeleteRequest { Key = key }).ResponseAsync);
            var batch = new BatchWriteRequest { Operations = { new Operation { Key = key } } };
            await ExpectAsync("invalid key size in batch operation", () => client.BatchWriteAsync(batch).ResponseAsync);
        }
    }

    [Fact]
    public async Task Bad_batches_are_refused_with_stock_texts()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        KevoService.KevoServiceClient client = fixture.Client;
        var many = new BatchWriteRequest();
        for (int i = 0; i < 1_001; i++)
        {
            many.Operations.Add(new Operation { Key = StockHostFixture.Bytes($"k{i}") });
        }

        await ExpectAsync(
            "batch size exceeds maximum allowed (1000)", () => client.BatchWriteAsync(many).ResponseAsync);
        var strange = new BatchWriteRequest
        {
            Operations = { new Operation { Key = StockHostFixture.Bytes("k"), Type = (Operation.Types.Type)7 } },
        };
        await ExpectAsync("unknown operation type", () => client.BatchWriteAsync(strange).ResponseAsync);
        var large = new BatchWriteRequest
        {
            Operations =
            {
                new Operation { Key = StockHostFixture.Bytes("a") },
                new Operation { Key = StockHostFixture.Bytes("b"), Value = ByteString.CopyFrom(new byte[40_000]) },
            },
        };
        await ExpectAsync(
            "failed to append batch to WAL: failed to write entry 1: record too large: 40018 > 32768",
            () => client.BatchWriteAsync(large).ResponseAsync);
        Assert.True((await client.BatchWriteAsync(new BatchWriteRequest())).Success);
        Assert.Equal(1UL, fixture.Model.NextSequence);
    }

    [Fact]
    public async Task A_put_over_four_mebibytes_does_not_get_in_and_one_just_below_does()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        var request = new PutRequest
        {
            Key = StockHostFixture.Bytes("k"),
            Value = ByteString.CopyFrom(new byte[4_194_204]),
        };
        Assert.True((await fixture.Client.PutAsync(request)).Success);
        request.Value = ByteString.CopyFrom(new byte[4_194_304]);
        RpcException failure = await StockHostFixture.FailureOf(() => fixture.Client.PutAsync(request).ResponseAsync);

        Assert.Equal(StatusCode.ResourceExhausted, failure.StatusCode);
    }

    [Fact]
    public async Task A_batch_is_one_number_and_the_last_operation_on_a_key_counts()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        await fixture.Client.BatchWriteAsync(new BatchWriteRequest
        {
            Operations =
            {
                new Operation { Key = StockHostFixture.Bytes("a"), Value = StockHostFixture.Bytes("1") },
                new Operation { Key = StockHostFixture.Bytes("b"), Value = StockHostFixture.Bytes("1") },
                new Operation { Key = StockHostFixture.Bytes("a"), Type = Operation.Types.Type.Delete },
            },
        });

        Assert.Equal(["b"], await fixture.ScanAsync());
        Assert.Equal(2UL, fixture.Model.NextSequence);
    }

    [Fact]
    public async Task A_scan_can_be_cut_off()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync(
            new StockPrimaryOptions { ScanRowsBeforeCut = 2 });
        for (int i = 0; i < 4; i++)
        {
            await fixture.PutAsync($"k{i}");
        }

        RpcException failure = await StockHostFixture.FailureOf(() => fixture.ScanAsync());
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.Equal(["k0", "k1"], await fixture.ScanAsync(new ScanRequest { Limit = 2 }));
    }

    [Fact]
    public async Task A_transaction_sees_its_own_writes_and_commits_under_one_number()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        await fixture.PutAsync("a", "old");
        string id = await fixture.BeginAsync(readOnly: false);
        Assert.Equal("tx-1", id);
        await TxPutAsync(fixture, id, "a", "new");
        await TxPutAsync(fixture, id, "b", "new");
        await fixture.Client.TxDeleteAsync(
            new TxDeleteRequest { TransactionId = id, Key = StockHostFixture.Bytes("b") });

        var get = new TxGetRequest { TransactionId = id, Key = StockHostFixture.Bytes("a") };
        Assert.Equal("new", (await fixture.Client.TxGetAsync(get)).Value.ToStringUtf8());
        get.Key = StockHostFixture.Bytes("b");
        Assert.False((await fixture.Client.TxGetAsync(get)).Found);
        Assert.Equal(["a"], await TxScanAsync(fixture, id));
        Assert.Equal("old", await fixture.GetAsync("a"));
        await fixture.Client.CommitTransactionAsync(new CommitTransactionRequest { TransactionId = id });
        Assert.Equal("new", await fixture.GetAsync("a"));
        Assert.Equal(3UL, fixture.Model.NextSequence);
        await ExpectAsync(
            "transaction not found: tx-1",
            () => fixture.Client.RollbackTransactionAsync(new RollbackTransactionRequest { TransactionId = id })
                .ResponseAsync);
    }

    [Fact]
    public async Task A_read_only_transaction_refuses_writes_and_commits()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        string id = await fixture.BeginAsync(readOnly: true);

        await ExpectAsync("cannot write to read-only transaction", () => TxPutAsync(fixture, id, "a", "1"));
        await ExpectAsync(
            "cannot delete in read-only transaction",
            () => fixture.Client.TxDeleteAsync(new TxDeleteRequest { TransactionId = id }).ResponseAsync);
        await fixture.Client.CommitTransactionAsync(new CommitTransactionRequest { TransactionId = id });
    }

    [Fact]
    public async Task A_read_write_transaction_holds_up_others_until_it_ends_or_they_give_up()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        string id = await fixture.BeginAsync(readOnly: false);
        Task<string> waiting = fixture.BeginAsync(readOnly: true);
        await fixture.PutAsync("plain writes go on");
        Assert.False(waiting.IsCompleted);
        await fixture.Client.RollbackTransactionAsync(new RollbackTransactionRequest { TransactionId = id });
        Assert.Equal("tx-2", await waiting.WaitAsync(RelayFixture.Patience));

        Task<string> writer = fixture.BeginAsync(readOnly: false);
        while (fixture.Host.Transactions.Waiting == 0)
        {
            await Task.Yield();
        }

        fixture.Time.Advance(TimeSpan.FromSeconds(10));
        RpcException failure = await StockHostFixture.FailureOf(() => writer);
        Assert.Equal(StatusCode.DeadlineExceeded, failure.StatusCode);
    }

    [Fact]
    public async Task An_idle_transaction_expires_and_gives_its_lock_back()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        string id = await fixture.BeginAsync(readOnly: false);
        fixture.Time.Advance(TimeSpan.FromSeconds(60));

        await ExpectAsync(
            $"transaction not found: {id}",
            () => fixture.Client.CommitTransactionAsync(new CommitTransactionRequest { TransactionId = id })
                .ResponseAsync);
        Assert.Equal("tx-2", await fixture.BeginAsync(readOnly: false));
    }

    [Fact]
    public async Task A_bad_key_in_a_transaction_leaks_its_lock()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        string id = await fixture.BeginAsync(readOnly: true);
        await ExpectAsync(
            "invalid key size",
            () => fixture.Client.TxGetAsync(new TxGetRequest { TransactionId = id, Key = LongKey }).ResponseAsync);
        await ExpectAsync(
            $"transaction not found: {id}",
            () => fixture.Client.CommitTransactionAsync(new CommitTransactionRequest { TransactionId = id })
                .ResponseAsync);

        using var cancel = new CancellationTokenSource();
        var batch = new BatchWriteRequest { Operations = { new Operation { Key = StockHostFixture.Bytes("k") } } };
        AsyncUnaryCall<BatchWriteResponse> stuck = fixture.Client.BatchWriteAsync(
            batch, cancellationToken: cancel.Token);
        await fixture.PutAsync("plain");
        Assert.False(stuck.ResponseAsync.IsCompleted);
        await cancel.CancelAsync();
    }

    [Fact]
    public async Task Compact_writes_its_marker_only_with_force()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        await fixture.Client.CompactAsync(new CompactRequest());
        Assert.Null(await fixture.GetAsync("__compact_marker__"));
        await fixture.Client.CompactAsync(new CompactRequest { Force = true });

        Assert.Equal("force", await fixture.GetAsync("__compact_marker__"));
    }

    private static async Task ExpectAsync(string text, Func<Task> call)
    {
        RpcException failure = await StockHostFixture.FailureOf(call);
        Assert.Equal(StatusCode.Unknown, failure.StatusCode);
        Assert.Equal(text, failure.Status.Detail);
    }

    private static async Task TxPutAsync(StockHostFixture fixture, string id, string key, string value) =>
        await fixture.Client.TxPutAsync(new TxPutRequest
        {
            TransactionId = id,
            Key = StockHostFixture.Bytes(key),
            Value = StockHostFixture.Bytes(value),
        });

    private static async Task<List<string>> TxScanAsync(StockHostFixture fixture, string id)
    {
        using AsyncServerStreamingCall<TxScanResponse> call = fixture.Client.TxScan(
            new TxScanRequest { TransactionId = id });
        var keys = new List<string>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(RelayFixture.Patience))
        {
            keys.Add(call.ResponseStream.Current.Key.ToStringUtf8());
        }

        return keys;
    }
}
