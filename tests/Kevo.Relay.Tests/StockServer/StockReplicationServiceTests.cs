using Grpc.Core;
using Kevo.Relay.Stock;
using Kevo.Relay.Tests.Serving;
using Kevo.Wire;
using Kevo.Wire.Contracts.Client;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Tests.StockServer;

/// <summary>The simulated primary's replication port over real connections.</summary>
public sealed class StockReplicationServiceTests
{
    [Fact]
    public async Task Headers_carry_the_session_and_nothing_of_a_relay()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        using RelayStream stream = fixture.Open(0);
        Metadata headers = await stream.HeadersAsync();

        Assert.StartsWith("replica-", RelayHeaders.ReadSessionId(headers), StringComparison.Ordinal);
        Assert.Null(RelayAnnouncement.Read(headers));
        GetNodeInfoResponse info = await fixture.Client.GetNodeInfoAsync(new GetNodeInfoRequest());
        Assert.Equal(GetNodeInfoResponse.Types.NodeRole.Primary, info.NodeRole);
        Assert.Equal("replica:1", info.Replicas.Single().Address);
        Assert.Equal("1.4.2", info.Version);
    }

    [Fact]
    public async Task Ticks_repeat_until_acknowledged_and_live_writes_come_at_once()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        await fixture.PutAsync("a");
        using RelayStream stream = fixture.Open(0);
        await stream.HeadersAsync();
        for (int i = 0; i < 2; i++)
        {
            fixture.Time.Advance(TimeSpan.FromMilliseconds(100));
            Assert.Equal(1UL, (await stream.NextAsync()).Entries.Single().SequenceNumber);
        }

        Assert.True((await stream.AcknowledgeAsync(1)).Success);
        await fixture.PutAsync("b");
        WALStreamResponse live = await stream.NextAsync();
        Assert.True(live.Compressed);
        Assert.Equal(2UL, live.Entries.Single().SequenceNumber);
    }

    [Fact]
    public async Task A_listener_address_is_required()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        var client = new WALReplicationService.WALReplicationServiceClient(
            fixture.Dial(fixture.Host.ReplicationAddress));
        using var call = client.StreamWAL(new WALStreamRequest());
        RpcException failure = await StockHostFixture.FailureOf(() => call.ResponseStream.MoveNext(default));

        Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
        Assert.Equal("listener_address is required", failure.Status.Detail);
    }

    [Fact]
    public async Task Each_service_is_unknown_on_the_other_port()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        var wrong = new KevoService.KevoServiceClient(fixture.Dial(fixture.Host.ReplicationAddress));
        RpcException failure = await StockHostFixture.FailureOf(
            () => wrong.GetStatsAsync(new GetStatsRequest()).ResponseAsync);

        Assert.Equal(StatusCode.Unimplemented, failure.StatusCode);
    }

    [Fact]
    public async Task Negative_acknowledgements_answer_in_stock_words()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        await fixture.PutAsync("a");
        using RelayStream stream = fixture.Open(1UL << 62);
        await stream.HeadersAsync();

        Assert.True((await stream.NegativeAcknowledgeAsync(1)).Success);
        Assert.Equal(1UL, (await stream.NextAsync()).Entries.Single().SequenceNumber);
        Assert.Equal(
            "Failed to resend entries: no entries found from sequence 2",
            (await stream.NegativeAcknowledgeAsync(2)).Message);
        fixture.Host.Run(model => model.Rotate());
        Assert.Equal(
            "Failed to resend entries: failed to get WAL entries: failed to get WAL entries: WAL is closed",
            (await stream.NegativeAcknowledgeAsync(1)).Message);
    }

    [Fact]
    public async Task A_restart_breaks_streams_keeps_the_ports_and_forgets_sessions()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        await fixture.PutAsync("a");
        using RelayStream stream = fixture.Open(1);
        await stream.NextAsync();
        await fixture.Host.RestartAsync();

        Assert.Equal(StatusCode.Unavailable, (await stream.FailureAsync()).StatusCode);
        Assert.Equal("Unknown session", (await stream.AcknowledgeAsync(1)).Message);
        Assert.Equal("value", await fixture.GetAsync("a"));
        using RelayStream again = fixture.Open(1);
        Assert.Equal(1UL, (await again.NextAsync()).Entries.Single().SequenceNumber);
    }

    [Fact]
    public async Task A_graceful_stop_keeps_the_stream_refuses_the_rest_and_ends_with_the_last_stream()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        using RelayStream stream = fixture.Open(0);
        await stream.HeadersAsync();
        Task stopped = fixture.Host.BeginGracefulStop();
        await fixture.PutAsync("still taken");
        Assert.Equal(1UL, (await stream.NextAsync()).Entries.Single().SequenceNumber);
        RpcException failure = await StockHostFixture.FailureOf(async () => await stream.AcknowledgeAsync(1));
        Assert.Equal(StatusCode.Unavailable, failure.StatusCode);
        Assert.False(stopped.IsCompleted);

        stream.Dispose();
        await stopped.WaitAsync(RelayFixture.Patience);
    }

    [Fact]
    public async Task A_frozen_primary_answers_nothing_until_it_is_killed()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync(
            new StockPrimaryOptions { FreezeCycles = StockFreezeCycles.All });
        var froze = new TaskCompletionSource<StockFreezeCycles>(TaskCreationOptions.RunContinuationsAsynchronously);
        fixture.Model.Froze += cycle => froze.SetResult(cycle);
        using RelayStream stream = fixture.Open(0);
        await stream.HeadersAsync();
        await fixture.PutAsync("a");
        Task<NackResponse> nack = stream.NegativeAcknowledgeAsync(1);
        Assert.Equal(StockFreezeCycles.ReaderMeetsWriter, await froze.Task.WaitAsync(RelayFixture.Patience));

        using var cancel = new CancellationTokenSource();
        AsyncUnaryCall<PutResponse> put = fixture.Client.PutAsync(
            new PutRequest { Key = StockHostFixture.Bytes("b") }, cancellationToken: cancel.Token);
        using AsyncUnaryCall<GetResponse> get = fixture.Client.GetAsync(
            new GetRequest { Key = StockHostFixture.Bytes("a") }, cancellationToken: CancellationToken.None);
        fixture.Time.Advance(TimeSpan.FromMinutes(5));
        Assert.False(put.ResponseAsync.IsCompleted);
        Assert.False(get.ResponseAsync.IsCompleted);
        Assert.False(nack.IsCompleted);
        await cancel.CancelAsync();
        await fixture.Host.RestartAsync();

        // Its failure says that the client has noticed the end of the connection, so that the next call has another.
        Assert.Equal(
            StatusCode.Unavailable, (await StockHostFixture.FailureOf(() => get.ResponseAsync)).StatusCode);
        await fixture.PutAsync("b");
        Assert.Equal(StatusCode.Unavailable, (await StockHostFixture.FailureOf(() => nack)).StatusCode);
    }

    [Fact]
    public async Task An_unread_stream_stalls_writes_and_reads_until_it_is_closed()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync(
            new StockPrimaryOptions { BlocksOnFullWindow = true });
        RelayStream unread = fixture.Open(0);
        await unread.HeadersAsync();
        Task writer = WriteUntilStalledAsync(fixture);
        while (!fixture.Host.Run(model => model.IsStalled))
        {
            await Task.Yield();
        }

        Task<string?> get = fixture.GetAsync("k0");
        Assert.False(writer.IsCompleted);
        unread.Dispose();

        Assert.NotNull(await get.WaitAsync(RelayFixture.Patience));
        await writer.WaitAsync(RelayFixture.Patience);
    }

    [Fact]
    public async Task A_client_that_leaves_is_forgotten()
    {
        await using StockHostFixture fixture = await StockHostFixture.StartAsync();
        RelayStream stream = fixture.Open(0);
        await stream.HeadersAsync();
        stream.Dispose();
        while (fixture.Host.Run(model => model.OpenStreams) > 0)
        {
            await Task.Yield();
        }

        Assert.Empty((await fixture.Client.GetNodeInfoAsync(new GetNodeInfoRequest())).Replicas);
    }

    private static async Task WriteUntilStalledAsync(StockHostFixture fixture)
    {
        // Far more than all buffers between the two ends take.
        string value = new('v', 100_000);
        for (int i = 0; i < 200; i++)
        {
            await fixture.PutAsync($"k{i}", value);
        }
    }
}
