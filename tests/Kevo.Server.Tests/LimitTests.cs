using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Core;
using Kevo.Server.Hosting;
using Kevo.Wire.Contracts.Client;
using Microsoft.Extensions.Time.Testing;
using static Kevo.Server.Tests.ServerFixture;

namespace Kevo.Server.Tests;

/// <summary>Limits on messages, rates, streams and connections.</summary>
public sealed class LimitTests
{
    [Fact]
    public async Task A_message_over_16_mib_is_refused_and_the_connection_lives_on()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        PutRequest request = new() { Key = Bytes("k"), Value = ByteString.CopyFrom(new byte[(16 << 20) + 1]) };
        Status refusal = await RefusalOf(server.Client.PutAsync(request));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        await server.Client.GetStatsAsync(new GetStatsRequest());
    }

    [Fact]
    public async Task Calls_over_the_rate_are_refused_until_time_passes()
    {
        FakeTimeProvider time = new();
        await using ServerFixture server = await ServerFixture.StartAsync(
            Options(service => service with { MaxRequestsPerSecond = 5 }), time);
        for (int call = 0; call < 5; call++)
        {
            await server.Client.GetStatsAsync(new GetStatsRequest());
        }

        Status refusal = await RefusalOf(server.Client.GetStatsAsync(new GetStatsRequest()));
        Assert.Equal(StatusCode.ResourceExhausted, refusal.StatusCode);
        Assert.Contains("kevo_replica_rpc_rate_refusals_total 1", Scrape(server), StringComparison.Ordinal);
        time.Advance(TimeSpan.FromMilliseconds(200));
        await server.Client.GetStatsAsync(new GetStatsRequest());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(1000)]
    public void The_rate_admits_a_burst_of_one_second_and_then_its_pace(int perSecond)
    {
        FakeTimeProvider time = new();
        RequestRate rate = new(perSecond, time);
        Assert.Equal(perSecond, Admitted(rate));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(perSecond, Admitted(rate));
        time.Advance(TimeSpan.FromHours(5));
        Assert.Equal(perSecond, Admitted(rate));
        Assert.True(new RequestRate(0, time).TryAdmit());
    }

    [Fact]
    public async Task Connections_over_the_limit_are_refused_and_others_live_on()
    {
        await using ServerFixture server = await ServerFixture.StartAsync(Options() with { MaxConnections = 1 });
        await server.Client.GetStatsAsync(new GetStatsRequest());
        KevoService.KevoServiceClient second = new(server.OpenChannel());
        Status refusal = await RefusalOf(
            second.GetStatsAsync(new GetStatsRequest(), deadline: DateTime.UtcNow.AddSeconds(2)));
        Assert.True(
            refusal.StatusCode is StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal,
            refusal.ToString());
        await server.Client.GetStatsAsync(new GetStatsRequest());
    }

    [Fact]
    public async Task A_client_that_pings_every_second_is_not_sent_away()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        int connections = 0;
        SocketsHttpHandler handler = new()
        {
            KeepAlivePingDelay = TimeSpan.FromSeconds(1),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always,
            ConnectCallback = async (context, cancellation) =>
            {
                Interlocked.Increment(ref connections);
                System.Net.Sockets.Socket socket = new(
                    System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                await socket.ConnectAsync(context.DnsEndPoint, cancellation);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using GrpcChannel channel = GrpcChannel.ForAddress(
            $"http://{server.Server.Address}",
            new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
        KevoService.KevoServiceClient client = new(channel);
        await client.GetStatsAsync(new GetStatsRequest());
        using PeriodicTimer quiet = new(TimeSpan.FromSeconds(4));
        await quiet.WaitForNextTickAsync();
        await client.GetStatsAsync(new GetStatsRequest());
        Assert.Equal(1, connections);
    }

    [Fact]
    public async Task Concurrent_readers_never_see_half_a_transaction()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        // Ten keys that always hold the same number.
        Transfer(server, 0);
        using CancellationTokenSource stop = new();
        Task writer = Task.Run(async () =>
        {
            for (int round = 1; !stop.IsCancellationRequested; round++)
            {
                Transfer(server, round);
                await Task.Yield();
            }
        });
        int looks = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            for (int look = 0; look < 100; look++)
            {
                using AsyncServerStreamingCall<ScanResponse> scan = server.Client.Scan(new ScanRequest());
                List<string> rows = await RowsOf(scan);
                Assert.Single(rows.Select(row => row.Split('=')[1]).Distinct());
                string id = (await server.Client.BeginTransactionAsync(
                    new BeginTransactionRequest { ReadOnly = true })).TransactionId;
                ByteString first = (await server.Client.TxGetAsync(
                    new TxGetRequest { TransactionId = id, Key = Bytes("key0") })).Value;
                ByteString last = (await server.Client.TxGetAsync(
                    new TxGetRequest { TransactionId = id, Key = Bytes("key9") })).Value;
                Assert.Equal(first, last);
                await server.Client.CommitTransactionAsync(new CommitTransactionRequest { TransactionId = id });
                Interlocked.Increment(ref looks);
            }
        })).WaitAsync(Patience * 2);
        await stop.CancelAsync();
        await writer;
        Assert.Equal(400, looks);
        await Until(() => server.Store.OpenSnapshots == 0);
    }

    private static void Transfer(ServerFixture server, int round) => server.Store.Transact(content =>
    {
        for (int key = 0; key < 10; key++)
        {
            content[Raw($"key{key}")] = Raw($"{round}");
        }
    });

    private static int Admitted(RequestRate rate)
    {
        int admitted = 0;
        while (rate.TryAdmit())
        {
            admitted++;
        }

        return admitted;
    }
}
