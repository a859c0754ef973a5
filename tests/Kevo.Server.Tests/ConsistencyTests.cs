using Grpc.Core;
using Kevo.Core;
using Kevo.Server.Consistency;
using Kevo.Server.Hosting;
using Kevo.Server.Reporting;
using Kevo.Wire.Contracts.Client;
using Microsoft.Extensions.Time.Testing;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>Reads that ask for a position, and reads that are refused because the replica is behind.</summary>
public sealed class ConsistencyTests
{
    [Theory]
    [InlineData("2")]
    [InlineData("1:2")]
    public async Task A_read_waits_until_its_position_is_visible(string wish)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("old"));
        using AsyncUnaryCall<GetResponse> call = GetAt(server, wish);
        await Until(() => Scrape(server).Contains("kevo_replica_reads_waiting 1", StringComparison.Ordinal));
        server.Store.Put(Raw("k"), Raw("new"));
        Assert.Equal("new", (await call.ResponseAsync.WaitAsync(Patience)).Value.ToStringUtf8());
        Assert.Equal("1:2", (await call.ResponseHeadersAsync).GetValue("kevo-position"));
        Assert.Contains("kevo_replica_reads_waiting 0", Scrape(server), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("0")]
    [InlineData("1:1")]
    public async Task A_position_already_visible_is_answered_at_once(string wish)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        Assert.True((await GetAt(server, wish)).Found);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1:")]
    [InlineData("1:2:3")]
    [InlineData("99999999999999999999999")]
    public async Task Anything_else_is_an_invalid_argument(string wish)
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        Assert.Equal(StatusCode.InvalidArgument, (await RefusalOf(GetAt(server, wish))).StatusCode);
    }

    [Fact]
    public async Task A_wait_ends_with_the_clients_deadline()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        Status refusal = await RefusalOf(GetAt(server, "2", DateTime.UtcNow.AddMilliseconds(200)));
        Assert.Equal(StatusCode.DeadlineExceeded, refusal.StatusCode);
        await Until(() => Scrape(server).Contains("kevo_replica_reads_waiting 0", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wait_without_a_deadline_ends_with_the_limit_and_says_where_the_replica_is()
    {
        FakeTimeProvider time = new();
        await using ServerFixture server = await ServerFixture.StartAsync(time: time);
        server.Store.Put(Raw("k"), Raw("v"));
        using AsyncUnaryCall<GetResponse> call = GetAt(server, "7");
        await Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(30));
            return call.ResponseAsync.IsCompleted;
        });
        Status refusal = await RefusalOf(call);
        Assert.Equal(StatusCode.DeadlineExceeded, refusal.StatusCode);
        Assert.Contains("1:7", refusal.Detail, StringComparison.Ordinal);
        Assert.Contains("1:1", refusal.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_position_of_an_earlier_history_is_refused()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.BeginEpoch(2, 10);
        Status refusal = await RefusalOf(GetAt(server, "1:5"));
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
    }

    [Fact]
    public async Task A_wait_that_meets_a_resynchronisation_is_refused()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        using AsyncUnaryCall<GetResponse> call = GetAt(server, "50");
        await Until(() => Scrape(server).Contains("kevo_replica_reads_waiting 1", StringComparison.Ordinal));
        server.Store.BeginEpoch(2, 3);
        Assert.Equal(StatusCode.FailedPrecondition, (await RefusalOf(call)).StatusCode);
    }

    [Fact]
    public async Task Begin_and_scan_wait_too_and_a_transaction_cannot_move_forward()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put(Raw("k"), Raw("v"));
        Metadata wish = new() { { "kevo-min-sequence", "2" } };
        using AsyncUnaryCall<BeginTransactionResponse> begin =
            server.Client.BeginTransactionAsync(new BeginTransactionRequest { ReadOnly = true }, wish);
        using AsyncServerStreamingCall<ScanResponse> scan = server.Client.Scan(new ScanRequest(), wish);
        await Until(() => Scrape(server).Contains("kevo_replica_reads_waiting 2", StringComparison.Ordinal));
        server.Store.Put(Raw("k"), Raw("w"));
        string id = (await begin.ResponseAsync.WaitAsync(Patience)).TransactionId;
        Assert.Equal(["k=w"], await RowsOf(scan));
        TxGetRequest read = new() { TransactionId = id, Key = Bytes("k") };
        Assert.True((await server.Client.TxGetAsync(read, wish)).Found);
        Status refusal = await RefusalOf(
            server.Client.TxGetAsync(read, new Metadata { { "kevo-min-sequence", "1:3" } }));
        Assert.Equal(StatusCode.FailedPrecondition, refusal.StatusCode);
    }

    [Fact]
    public async Task Too_many_waiting_reads_are_refused()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(Options(service => service with
        {
            Consistency = new ConsistencyLimits { MaxWaiting = 1 },
        }));
        server.Store.Put(Raw("k"), Raw("v"));
        using AsyncUnaryCall<GetResponse> first = GetAt(server, "2");
        await Until(() => Scrape(server).Contains("kevo_replica_reads_waiting 1", StringComparison.Ordinal));
        Assert.Equal(StatusCode.ResourceExhausted, (await RefusalOf(GetAt(server, "2"))).StatusCode);
        server.Store.Put(Raw("k"), Raw("w"));
        Assert.True((await first.ResponseAsync.WaitAsync(Patience)).Found);
    }

    [Fact]
    public async Task A_thousand_readers_wait_and_none_is_forgotten()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        LogPosition start = server.Store.Put(Raw("k"), Raw("0"));
        List<Task<GetResponse>> calls = [];
        for (ulong reader = 0; reader < 1000; reader++)
        {
            calls.Add(GetAt(server, $"{start.Sequence + 1 + (reader % 10)}").ResponseAsync);
        }

        for (int write = 0; write < 10; write++)
        {
            server.Store.Put(Raw("k"), Raw($"{write}"));
        }

        await Task.WhenAll(calls).WaitAsync(Patience);
    }

    [Fact]
    public async Task Reads_are_refused_beyond_the_staleness_limit_and_information_is_not()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(Options(service => service with
        {
            Consistency = new ConsistencyLimits { MaxStaleness = TimeSpan.FromSeconds(5) },
        }));
        server.Store.Put(Raw("k"), Raw("v"));
        Assert.True((await server.Client.GetAsync(new GetRequest { Key = Bytes("k") })).Found);
        foreach (TimeSpan? lag in new TimeSpan?[] { TimeSpan.FromSeconds(5.1), null })
        {
            server.Status.Report = server.Status.Report with { Lag = new LagReport { Time = lag } };
            Assert.Equal(
                StatusCode.Unavailable,
                (await RefusalOf(server.Client.GetAsync(new GetRequest { Key = Bytes("k") }))).StatusCode);
            using AsyncServerStreamingCall<ScanResponse> scan = server.Client.Scan(new ScanRequest());
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => RowsOf(scan));
            Assert.Equal(StatusCode.Unavailable, refused.StatusCode);
            Assert.Equal(
                StatusCode.Unavailable,
                (await RefusalOf(server.Client.BeginTransactionAsync(
                    new BeginTransactionRequest { ReadOnly = true }))).StatusCode);
        }

        await server.Client.GetStatsAsync(new GetStatsRequest());
        await server.Client.GetNodeInfoAsync(new GetNodeInfoRequest());
        Assert.Contains("kevo_replica_reads_stale_total 6", Scrape(server), StringComparison.Ordinal);
    }

    private static AsyncUnaryCall<GetResponse> GetAt(ServerFixture server, string wish, DateTime? deadline = null) =>
        server.Client.GetAsync(
            new GetRequest { Key = Bytes("k") }, new Metadata { { ConsistencyHeaders.MinSequence, wish } }, deadline);
}
