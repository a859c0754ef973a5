using Grpc.Core;
using Kevo.Server.Hosting;
using Kevo.Server.Reads;
using Kevo.Wire.Contracts.Client;
using Microsoft.Extensions.Time.Testing;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>The bound on large values that are on their way to clients.</summary>
public sealed class ResponseBudgetTests
{
    [Fact]
    public async Task Whoever_does_not_fit_waits_in_order()
    {
        ResponseBudget budget = new(100);
        await budget.AcquireAsync(60, default);
        Task large = budget.AcquireAsync(80, default).AsTask();
        Task small = budget.AcquireAsync(10, default).AsTask();
        Assert.False(large.IsCompleted);
        Assert.False(small.IsCompleted);
        budget.Release(60);
        await Task.WhenAll(large, small).WaitAsync(Patience);
        Assert.Equal(90, budget.Taken);
    }

    [Fact]
    public async Task One_larger_than_everything_goes_alone()
    {
        ResponseBudget budget = new(100);
        await budget.AcquireAsync(10, default);
        Task giant = budget.AcquireAsync(1000, default).AsTask();
        Assert.False(giant.IsCompleted);
        budget.Release(10);
        await giant.WaitAsync(Patience);
        budget.Release(1000);
        Assert.Equal(0, budget.Taken);
    }

    [Fact]
    public async Task Whoever_gives_up_lets_the_next_one_go()
    {
        ResponseBudget budget = new(100);
        await budget.AcquireAsync(60, default);
        using CancellationTokenSource stop = new();
        Task first = budget.AcquireAsync(80, stop.Token).AsTask();
        Task second = budget.AcquireAsync(40, default).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.WaitAsync(Patience));
        await second.WaitAsync(Patience);
        Assert.Equal(100, budget.Taken);
    }

    [Fact]
    public async Task Large_values_take_turns_and_all_arrive()
    {
        ReadServerOptions options = Options(service => service with { MaxLargeResponseBytes = 1 << 20 });
        await using ServerFixture server = await ServerFixture.StartAsync(options);
        byte[] value = new byte[900_000];
        new Random(5).NextBytes(value);
        for (int key = 0; key < 8; key++)
        {
            server.Store.Put(Raw($"k{key}"), value);
        }

        string id = (await server.Client.BeginTransactionAsync(
            new BeginTransactionRequest { ReadOnly = true })).TransactionId;
        List<Task<byte[]>> reads = [];
        for (int read = 0; read < 24; read++)
        {
            string key = $"k{read % 8}";
            reads.Add(read % 2 == 0 ? Get(server, key) : TxGet(server, id, key));
        }

        Task<int> scan = Count(server);
        Assert.All(await Task.WhenAll(reads).WaitAsync(Patience), read => Assert.Equal(value, read));
        Assert.Equal(8, await scan.WaitAsync(Patience));
        await Until(() => server.Store.OpenSnapshots == 1);
    }

    [Fact]
    public async Task Clients_that_do_not_take_their_large_values_are_cut_off_and_others_go_on()
    {
        FakeTimeProvider time = new();
        ReadServerOptions options = Options(service => service with { MaxLargeResponseBytes = 1 << 20 });
        await using ServerFixture server = await ServerFixture.StartAsync(options, time);
        for (int key = 0; key < 40; key++)
        {
            server.Store.Put(Raw($"k{key:D2}"), new byte[4 << 20]);
        }

        using AsyncServerStreamingCall<ScanResponse> stalled = server.Client.Scan(new ScanRequest());
        Assert.True(await stalled.ResponseStream.MoveNext().WaitAsync(Patience));
        KevoService.KevoServiceClient other = new(server.OpenChannel());
        Task<GetResponse> read = other.GetAsync(new GetRequest { Key = Bytes("k00") }).ResponseAsync;
        await Until(() =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return read.IsCompleted;
        });
        Assert.Equal(4 << 20, (await read).Value.Length);
    }

    private static async Task<byte[]> Get(ServerFixture server, string key) =>
        (await server.Client.GetAsync(new GetRequest { Key = Bytes(key) })).Value.ToByteArray();

    private static async Task<byte[]> TxGet(ServerFixture server, string id, string key) =>
        (await server.Client.TxGetAsync(new TxGetRequest { TransactionId = id, Key = Bytes(key) })).Value.ToByteArray();

    private static async Task<int> Count(ServerFixture server)
    {
        using AsyncServerStreamingCall<ScanResponse> scan = server.Client.Scan(new ScanRequest());
        return (await RowsOf(scan)).Count;
    }
}
