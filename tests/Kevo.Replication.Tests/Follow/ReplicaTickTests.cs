using Kevo.Core;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Replication.Tests.World;
using Kevo.Wire.Contracts.Replication;
using static Kevo.Replication.Follow.ReplicaState;

namespace Kevo.Replication.Tests.Follow;

public sealed class ReplicaTickTests
{
    private static readonly ReplicaOptions Tick = new() { Follow = FollowMode.Tick };

    private static ReplicaWorld NewWorld(HistoryStore? store = null) =>
        new ReplicaWorld(Tick, store, new ScriptedPrimary { Relay = null }).Start();

    private static void Quiet(ReplicaWorld world) => world.Advance(TimeSpan.FromMilliseconds(25));

    [Fact]
    public void The_mode_relay_refuses_a_stock_primary()
    {
        using ReplicaWorld world = new ReplicaWorld(
            new ReplicaOptions { Follow = FollowMode.Relay }, primary: new ScriptedPrimary { Relay = null }).Start();
        Assert.Throws<ConfigurationException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Fact]
    public void Acknowledgements_leave_only_in_the_quiet_part_after_a_tick()
    {
        using ReplicaWorld world = NewWorld();
        world.Advance(TimeSpan.FromMilliseconds(40));
        world.Send(Entries.Range(1, 3));
        Assert.Empty(world.Session.Acknowledged);
        Assert.Equal(3, world.Store.Entries.Count);
        world.Advance(TimeSpan.FromMilliseconds(19));
        Assert.Empty(world.Session.Acknowledged);
        world.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([3ul], world.Session.Acknowledged);
    }

    [Fact]
    public void Repeats_are_dropped_and_not_acknowledged_twice()
    {
        using ReplicaWorld world = NewWorld();
        for (int i = 0; i < 5; i++)
        {
            world.Send(Entries.Range(1, 3));
            Quiet(world);
        }

        Assert.Equal(3, world.Store.Entries.Count);
        Assert.Equal([3ul], world.Session.Acknowledged);
        Assert.Equal(12, world.Replica.ReadCounters().Duplicates);
    }

    [Fact]
    public void Live_writes_ahead_of_catch_up_are_dropped_until_the_ticker_brings_them()
    {
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Range(1, 3), Entries.Broadcast(Entries.Put(6)), Entries.Broadcast(Entries.Put(7)));
        Assert.Equal([1ul, 2, 3], world.Store.Sequences);
        Quiet(world);
        world.Send(Entries.Range(4, 7));
        Quiet(world);
        Assert.Equal(7ul, world.Replica.LastAppliedSequence);
        Assert.Empty(world.Session.NegativelyAcknowledged);
        Assert.Equal([3ul, 7ul], world.Session.Acknowledged);
    }

    [Fact]
    public void A_live_write_in_turn_is_applied_at_once()
    {
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Range(1, 1), Entries.Broadcast(Entries.Put(2)), Entries.Broadcast(Entries.Put(3)));
        Assert.Equal(3ul, world.Replica.LastAppliedSequence);
    }

    [Fact]
    public void The_last_number_of_a_full_message_is_neither_applied_nor_acknowledged()
    {
        byte[][] transaction = Entries.Transaction(4, 120);
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Message([Entries.Put(1), Entries.Put(2), Entries.Put(3), .. transaction[..97]]));
        Quiet(world);
        Assert.Equal([1ul, 2, 3], world.Store.Sequences);
        Assert.Equal([3ul], world.Session.Acknowledged);
    }

    [Fact]
    public void A_transaction_that_straddled_the_cut_is_applied_whole_from_the_next_message()
    {
        byte[][] transaction = Entries.Transaction(4, 98);
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Message([Entries.Put(1), Entries.Put(2), Entries.Put(3), .. transaction[..97]]));
        Quiet(world);
        world.Send(Entries.Message([.. transaction, Entries.Put(5)]));
        Quiet(world);
        Assert.Equal(102, world.Store.Entries.Count);
        Assert.Equal([3ul, 5ul], world.Session.Acknowledged);
    }

    [Fact]
    public void A_transaction_that_fills_a_message_alone_can_never_be_whole_and_is_named()
    {
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Message(Entries.Transaction(1, 100)));
        Assert.Equal(ErrorKind.Gap, Assert.Single(world.Failures).Kind);
        Assert.Contains("Transaction 1 ", world.Failures[0].Error.Message, StringComparison.Ordinal);
        Assert.Empty(world.Store.Entries);
        Assert.Empty(world.Session.Acknowledged);
    }

    [Fact]
    public void A_hole_in_what_the_ticker_sends_means_the_history_is_gone()
    {
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Range(22, 30));
        Assert.Contains(
            "22", Assert.Throws<RetentionException>(() => world.Replica.Completion.GetAwaiter().GetResult()).Message,
                StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_restart_inside_a_message_are_divergence()
    {
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Message(Entries.Put(1), Entries.Put(2), Entries.Put(1, "key-1", "new"), Entries.Put(3)));
        Assert.Throws<DivergenceException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Fact]
    public void It_resumes_at_the_last_number_held_and_takes_live_writes_only_after_the_comparison()
    {
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Range(1, 5));
        Quiet(world);
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        world.Retry();
        Assert.Equal(5ul, world.Primary.Requests[^1].StartSequence);
        world.Send(Entries.Broadcast(Entries.Put(6)));
        Quiet(world);
        Assert.Equal(5, world.Store.Entries.Count);
        Assert.Empty(world.Session.Acknowledged);
        world.Send(Entries.Range(5, 5), Entries.Range(6, 7));
        Quiet(world);
        Assert.Equal(7ul, world.Replica.LastAppliedSequence);
    }

    [Fact]
    public void A_primary_that_lost_its_tail_is_noticed_at_the_first_heartbeat()
    {
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Range(1, 5));
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        world.Retry();
        world.Send(Entries.Heartbeat());
        Assert.Throws<DivergenceException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Fact]
    public void An_empty_live_write_for_an_unknown_codec_does_not_say_that_the_tail_is_lost_but_a_late_heartbeat_does()
    {
        using ReplicaWorld world = new ReplicaWorld(
            Tick with { PreferredCodec = CompressionCodec.Snappy }, primary: new ScriptedPrimary { Relay = null })
            .Start();
        world.Send(Entries.Range(1, 5));
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        world.Retry();
        world.Send(Entries.Heartbeat(), Entries.Range(5, 6));
        Assert.Equal(6ul, world.Replica.LastAppliedSequence);
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        world.Retry();
        world.Advance(TimeSpan.FromSeconds(11));
        world.Send(Entries.Heartbeat());
        Assert.Throws<DivergenceException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Fact]
    public void An_unknown_session_is_opened_again()
    {
        using ReplicaWorld world = NewWorld();
        world.Session.AnswerAcknowledgement = _ => Task.FromResult(new CallReply(false, "Unknown session"));
        world.Send(Entries.Range(1, 1));
        Quiet(world);
        Assert.Equal(ErrorKind.Connection, Assert.Single(world.Failures).Kind);
        world.Retry();
        Assert.Equal(2, world.Primary.Sessions.Count);
    }

    [Theory]
    [InlineData(FragmentType.First)]
    [InlineData(FragmentType.Last)]
    public void Fragments_on_a_stock_stream_are_a_protocol_error(FragmentType type)
    {
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Message(type, Entries.Put(1)));
        Assert.Equal(ErrorKind.Protocol, Assert.Single(world.Failures).Kind);
        Assert.Empty(world.Store.Entries);
    }

    [Fact]
    public void A_full_queue_never_holds_a_stock_primary_back()
    {
        ReplicaOptions options = Tick with { ReceiveQueueBytes = 64 << 10, MaxBatchBytes = 1 };
        ScriptedPrimary primary = new() { Relay = null };
        HistoryStore store = new();
        int mostUnread = 0;
        using ReplicaWorld world = new ReplicaWorld(options, store, primary).Start();
        store.Synced = _ => mostUnread = Math.Max(mostUnread, primary.Session.Unread);
        world.SendTogether([.. Enumerable.Range(1, 1000).Select(i => Entries.Range((ulong)i, (ulong)i))]);
        Assert.Equal(0, mostUnread);
        Assert.True(world.Replica.ReadCounters().DroppedMessages > 0);
        ulong applied = world.Replica.LastAppliedSequence;
        Quiet(world);
        Assert.Equal([applied], world.Session.Acknowledged);
        for (ulong next = applied + 1; next <= 1000; next += 50)
        {
            world.Send(Entries.Range(next, Math.Min(next + 49, 1000)));
        }

        Assert.Equal(1000ul, world.Replica.LastAppliedSequence);
    }

    [Fact]
    public void An_empty_message_with_flags_is_a_doorbell_and_nothing_else()
    {
        using ReplicaWorld world = NewWorld();
        world.Send(Entries.Copy(new WALStreamResponse { Compressed = true, Codec = CompressionCodec.Zstd }));
        Assert.Equal(WaitingForData, world.Replica.CurrentState);
        Assert.Equal(1, world.Replica.ReadCounters().Heartbeats);
    }
}
