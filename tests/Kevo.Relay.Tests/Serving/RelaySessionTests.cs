using Grpc.Core;
using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Testing;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Relay.Tests.Serving;

/// <summary>Acknowledgements, re-sends, heartbeats, limits and the end of sessions, over real connections.</summary>
public sealed class RelaySessionTests
{
    [Fact]
    public void A_session_may_be_ended_by_the_relay_while_its_stream_ends()
    {
        using var together = new Barrier(2);
        var options = new RelayOptions { NodeId = "relay" };
        for (int round = 0; round < 20_000; round++)
        {
            var session = new RelaySession(
                "s", null, "a", "b", new LogPosition(1, 1), default, options, TimeProvider.System);
            Parallel.Invoke(
                () =>
                {
                    together.SignalAndWait();
                    session.EndWith(new Status(StatusCode.Unavailable, "this relay is shutting down"));
                },
                () =>
                {
                    together.SignalAndWait();
                    session.Dispose();
                });
        }
    }

    [Fact]
    public async Task Acknowledgements_are_tracked_for_each_session()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(100);
        using RelayStream first = fixture.Open(1, "replica-a", epoch: 1);
        using RelayStream second = fixture.Open(1, "replica-b", epoch: 1);
        await first.ReadEntriesAsync(100);
        await second.ReadEntriesAsync(100);
        Assert.True((await first.AcknowledgeAsync(60)).Success);
        Assert.True((await first.AcknowledgeAsync(40)).Success);
        Assert.True((await second.AcknowledgeAsync(100)).Success);
        RelayStatus status = fixture.Relay.GetStatus();
        Assert.Equal(
            [60UL, 100UL], status.Sessions.OrderBy(session => session.NodeId).Select(s => s.Acknowledged.Sequence));
        Assert.Equal(new LogPosition(1, 60), fixture.Relay.SlowestReplica);
    }

    [Fact]
    public void A_stream_whose_client_went_before_it_waits_does_not_wait()
    {
        using var session = new RelaySession(
            "s", "replica", "a", "b", new LogPosition(1, 1), default, new RelayOptions { NodeId = "relay" },
            TimeProvider.System);
        session.Wake();
        ValueTask wait = session.WaitAsync(null!, new LogPosition(1, 1), new CancellationToken(canceled: true));
        Assert.True(wait.IsCompletedSuccessfully);
    }

    [Theory]
    [InlineData(-86_400)]
    [InlineData(86_400)]
    public void A_heartbeat_is_due_after_silence_whatever_the_time_of_day_is_set_to(int seconds)
    {
        var time = new FakeTimeProvider();
        var clock = new SettableClock(time);
        var options = new RelayOptions { NodeId = "relay" };
        using var session = new RelaySession("s", "replica", "a", "b", new LogPosition(1, 1), default, options, clock);
        time.Advance(options.HeartbeatInterval / 2);
        session.NoteSending(1, new LogPosition(1, 1));
        clock.Offset = TimeSpan.FromSeconds(seconds);
        time.Advance(options.HeartbeatInterval / 2);
        Assert.False(session.TryTakeHeartbeat());
        time.Advance(options.HeartbeatInterval);
        Assert.True(session.TryTakeHeartbeat());
    }

    [Fact]
    public async Task A_message_can_be_acknowledged_before_its_write_returns()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(10);
        using var hangUp = new CancellationTokenSource();
        var replica = new InstantReplica(fixture.Relay, hangUp);
        var request = new WALStreamRequest
        {
            StartSequence = 1, ProtocolVersion = 1, ListenerAddress = "127.0.0.1:1",
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => fixture.Relay.ServeAsync(request, [], "127.0.0.1:2", replica, hangUp.Token));
        Assert.True(replica.Reply?.Success, replica.Reply?.Message);
    }

    [Fact]
    public void What_was_sent_can_be_acknowledged_while_a_part_of_it_is_sent_again()
    {
        using var session = new RelaySession(
            "s", "replica", "a", "b", new LogPosition(1, 1), default, new RelayOptions { NodeId = "relay" },
            TimeProvider.System);
        session.NoteSending(1, new LogPosition(1, 10));
        session.NoteSending(1, new LogPosition(1, 3));
        Assert.Null(session.Acknowledge(10));
        Assert.NotNull(session.Acknowledge(11));
    }

    [Fact]
    public async Task More_than_was_sent_cannot_be_acknowledged()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(10);
        using RelayStream stream = fixture.Open(0);
        await stream.ReadEntriesAsync(10);

        AckResponse reply = await stream.AcknowledgeAsync(11);
        Assert.False(reply.Success);
        Assert.Contains("11", reply.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_nobody_opened_is_unknown()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(1);
        var headers = new Metadata { { RelayHeaders.SessionId, "relay-none" } };

        Assert.Equal("Unknown session", (await fixture.Connect().AcknowledgeAsync(new Ack(), headers)).Message);
        Assert.Equal("Unknown session", (await fixture.Connect().AcknowledgeAsync(new Ack())).Message);
        Assert.Equal(
            "Unknown session", (await fixture.Connect().NegativeAcknowledgeAsync(new Nack(), headers)).Message);
    }

    [Fact]
    public async Task A_negative_acknowledgement_sends_again_from_there_also_on_an_idle_stream()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(10);
        using RelayStream stream = fixture.Open(0);
        await stream.ReadEntriesAsync(10);

        Assert.True((await stream.NegativeAcknowledgeAsync(7)).Success);
        List<WALStreamResponse> again = await stream.ReadEntriesAsync(4);
        Assert.Equal([7UL, 8UL, 9UL, 10UL], again.SelectMany(m => m.Entries).Select(e => e.SequenceNumber));
        Assert.False((await stream.NegativeAcknowledgeAsync(11)).Success);
        fixture.Primary.Put("next"u8, []);
        Assert.Equal(11UL, (await stream.NextAsync()).Entries.Single().SequenceNumber);
    }

    [Fact]
    public async Task An_idle_stream_gets_an_empty_message_every_interval()
    {
        var time = new FakeTimeProvider();
        await using RelayFixture fixture = await RelayFixture.StartAsync(time: time);
        fixture.Fill(1);
        using RelayStream stream = fixture.Open(0);
        await stream.ReadEntriesAsync(1);
        await fixture.UntilAsync(status => status.Sessions is [{ Messages: 1 }]);
        for (int i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(10));
            Assert.Empty((await stream.NextAsync()).Entries);
            await fixture.UntilAsync(status => status.Sessions is [{ Messages: var sent }] && sent == i + 2);
        }
    }

    [Fact]
    public async Task A_replica_that_does_not_read_holds_up_nobody_else()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(20_000, valueLength: 4_000);
        using RelayStream idle = fixture.Open(0, "replica-idle");
        await idle.HeadersAsync();
        using RelayStream reader = fixture.Open(0, "replica-reader");

        await reader.ReadEntriesAsync(20_000);

        RelayStatus status = fixture.Relay.GetStatus();
        RelaySessionStatus held = status.Sessions.Single(session => session.NodeId == "replica-idle");
        Assert.True(held.Sent.Sequence < 20_000, "the unread stream must have been pushed back");
        Assert.True(held.Bytes < 40_000_000);
        fixture.Primary.Put("still"u8, "writes"u8);
        Assert.Equal(20_001UL, (await reader.NextAsync()).Entries.Single().SequenceNumber);
    }

    [Fact]
    public async Task Thousands_of_sequences_arrive_after_a_reconnect_without_a_gap()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(1_000);
        ulong held = 0;
        for (int round = 0; round < 5; round++)
        {
            using RelayStream stream = fixture.Open(held, "replica-a", held == 0 ? 0UL : 1UL);
            int expected = (int)fixture.Primary.LastSequence - (int)held + (held == 0 ? 0 : 1);
            ulong next = Math.Max(1, held);
            foreach (WALEntry entry in (await stream.ReadEntriesAsync(expected)).SelectMany(m => m.Entries))
            {
                Assert.Equal(next++, entry.SequenceNumber);
            }

            held = next - 1;
            fixture.Fill(3_000);
        }
    }

    [Fact]
    public async Task A_cancelled_stream_is_forgotten_and_its_replica_stays_known()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(10);
        using var cancel = new CancellationTokenSource();
        using RelayStream stream = fixture.Open(5, "replica-a", epoch: 1, cancellationToken: cancel.Token);
        await stream.ReadEntriesAsync(6);
        await cancel.CancelAsync();

        RelayStatus status = await fixture.UntilAsync(now => now.Sessions.Count == 0);
        Assert.Equal(new LogPosition(1, 5), Assert.Single(status.Replicas).Acknowledged);
    }

    [Fact]
    public async Task A_second_stream_of_the_same_replica_ends_the_first()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync(
            new RelayOptions { NodeId = "relay-1", MaxSessions = 1 });
        fixture.Fill(1);
        using RelayStream first = fixture.Open(0, "replica-a");
        await first.HeadersAsync();
        using RelayStream second = fixture.Open(0, "replica-a");
        await second.ReadEntriesAsync(1);

        Assert.Equal(StatusCode.Aborted, (await first.FailureAsync()).StatusCode);
    }

    [Fact]
    public async Task One_stream_too_many_is_refused()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync(
            new RelayOptions { NodeId = "relay-1", MaxSessions = 2 });
        using RelayStream first = fixture.Open(0, "replica-a");
        using RelayStream second = fixture.Open(0, "replica-b");
        await first.HeadersAsync();
        await second.HeadersAsync();
        using RelayStream third = fixture.Open(0, "replica-c");

        Assert.Equal(StatusCode.ResourceExhausted, (await third.FailureAsync()).StatusCode);
    }

    [Theory]
    [InlineData("relay-1")]
    [InlineData("up-2")]
    public async Task A_node_that_this_relay_follows_cannot_follow_it(string nodeId)
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Relay.SetUpstreamPath(["up-1", "up-2"]);
        using RelayStream stream = fixture.Open(0, nodeId);

        RpcException failure = await stream.FailureAsync();
        Assert.Equal(StatusCode.InvalidArgument, failure.StatusCode);
        Assert.Contains("loop", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replicas_come_back_when_the_path_changes()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        using RelayStream stream = fixture.Open(0, "replica-a");
        await stream.HeadersAsync();
        fixture.Relay.SetUpstreamPath(["replica-a"]);

        Assert.Equal(StatusCode.Unavailable, (await stream.FailureAsync()).StatusCode);
        using RelayStream again = fixture.Open(0, "replica-a");
        Assert.Equal(StatusCode.InvalidArgument, (await again.FailureAsync()).StatusCode);
    }

    [Fact]
    public async Task A_stop_ends_streams_idle_or_unread_and_frees_the_port()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(10_000, valueLength: 4_000);
        using RelayStream unread = fixture.Open(0, "replica-unread");
        await unread.HeadersAsync();
        using RelayStream idle = fixture.Open(10_000, "replica-idle", epoch: 1);
        await idle.ReadEntriesAsync(1);

        await fixture.Host.StopAsync().WaitAsync(RelayFixture.Patience);

        Assert.Equal(StatusCode.Unavailable, (await idle.FailureAsync()).StatusCode);
        Assert.DoesNotContain(fixture.Relay.GetStatus().Sessions, session => session.NodeId == "replica-idle");
    }

    [Fact]
    public async Task Requests_that_are_none_are_refused_with_a_clear_status()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        WALReplicationService.WALReplicationServiceClient client = fixture.Connect();

        using var noListener = client.StreamWAL(new WALStreamRequest());
        var error = await Assert.ThrowsAsync<RpcException>(() => noListener.ResponseStream.MoveNext(default));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal("listener_address is required", error.Status.Detail);

        var huge = new WALStreamRequest { ListenerAddress = new string('a', 200_000) };
        using var tooLarge = client.StreamWAL(huge);
        error = await Assert.ThrowsAsync<RpcException>(() => tooLarge.ResponseStream.MoveNext(default));
        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);

        var request = new WALStreamRequest { ListenerAddress = "a:1" };
        var metadata = new Metadata { { RelayHeaders.NodeId, "no such name!" }, { RelayHeaders.Epoch, "1" } };
        using var badName = client.StreamWAL(request, metadata);
        error = await Assert.ThrowsAsync<RpcException>(() => badName.ResponseStream.MoveNext(default));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Empty(fixture.Relay.GetStatus().Sessions);
    }

    [Fact]
    public async Task An_address_in_use_is_a_clear_error()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();

        var error = await Assert.ThrowsAsync<ConfigurationException>(() => Hosting.RelayHost.StartAsync(
            fixture.Relay, new Hosting.RelayHostOptions { Address = fixture.Host.Address }));
        Assert.Contains(fixture.Host.Address.ToString(), error.Message, StringComparison.Ordinal);
    }
}
