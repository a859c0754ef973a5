using Kevo.Core;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Replication.Tests.World;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;
using static Kevo.Replication.Follow.ReplicaState;

namespace Kevo.Replication.Tests.Follow;

public sealed class ReplicaRelayTests
{
    [Fact]
    public void A_message_goes_through_every_state_and_ends_acknowledged()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        Assert.Equal(WaitingForData, world.Replica.CurrentState);
        world.Transitions.Clear();

        world.Send(Entries.Range(1, 3));

        Assert.Equal([1ul, 2, 3], world.Store.Sequences);
        Assert.Equal([3ul], world.Session.Acknowledged);
        Assert.Equal(
            [StreamingEntries, ApplyingEntries, FsyncPending, Acknowledging],
            world.Transitions.Take(4).Select(change => change.To));
        Assert.Equal(WaitingForData, world.Replica.CurrentState);
        Assert.Equal(3ul, world.Replica.LastAppliedSequence);
        Assert.Equal(new LogPosition(1, 3), world.Replica.Positions.Acknowledged.Value);
        Assert.All(world.Transitions, change => Assert.True(TransitionTable.IsLegal(change.From, change.To)));
    }

    [Fact]
    public void The_request_carries_the_negotiated_settings()
    {
        ReplicaOptions options = new()
        {
            NodeId = "replica-1", ListenerAddress =
                "me:50053", PreferredCodec = CompressionCodec.Snappy, ProtocolVersion = 1,
        };
        using ReplicaWorld world = new ReplicaWorld(options).Start();
        SessionRequest request = Assert.Single(world.Primary.Requests);
        Assert.Equal(0ul, request.StartSequence);
        Assert.Equal(0ul, request.Epoch);
        Assert.Equal(("me:50053", "replica-1"), (request.ListenerAddress, request.NodeId));
        Assert.True(request.CompressionSupported);
        Assert.Equal((CompressionCodec.Snappy, 1u), (request.PreferredCodec, request.ProtocolVersion));
    }

    [Fact]
    public void Nothing_is_acknowledged_before_the_sync_that_makes_it_durable()
    {
        ScriptedPrimary primary = new();
        HistoryStore store = new();
        store.Synced = position => Assert.DoesNotContain(position.Sequence, primary.Session.Acknowledged);
        using ReplicaWorld world = new ReplicaWorld(store: store, primary: primary).Start();
        for (ulong sequence = 1; sequence <= 20; sequence++)
        {
            world.Send(Entries.Range(sequence, sequence));
        }

        Assert.Equal(20, store.SyncCount);
        Assert.Equal(20ul, world.Session.Acknowledged[^1]);
    }

    [Fact]
    public void All_that_is_queued_is_one_batch_with_one_sync_and_one_acknowledgement()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.SendTogether(Entries.Range(1, 10), Entries.Range(11, 20), Entries.Range(21, 30));
        Assert.Equal(30, world.Store.Entries.Count);
        Assert.InRange(world.Store.SyncCount, 1, 2);
        Assert.Equal(30ul, world.Session.Acknowledged[^1]);
    }

    [Fact]
    public void A_batch_ends_at_the_limit_between_two_transactions()
    {
        ReplicaOptions options = new() { MaxBatchBytes = 200 };
        using ReplicaWorld world = new ReplicaWorld(options).Start();
        world.Send(Entries
            .Message([.. Entries.Transaction(1, 20), .. Entries.Transaction(2, 1), .. Entries.Transaction(3, 1)]));
        Assert.Equal([1ul, 3ul], world.Batches.Select(batch => batch.Durable.Sequence));
        Assert.Equal(22, world.Store.Entries.Count);
    }

    [Fact]
    public void The_next_batch_is_applied_while_the_one_before_is_synced()
    {
        List<(ulong Durable, ulong Appended)> seen = [];
        HistoryStore store = new();
        ReplicaWorld world = new(new ReplicaOptions { MaxBatchBytes = 200 }, store: store);
        using (world)
        {
            store.Synced = position =>
                seen.Add((position.Sequence, world.Replica.Positions.Appended.Value.Sequence));
            world.Start();
            world.Send(Entries
                .Message([.. Entries.Transaction(1, 20), .. Entries.Transaction(2, 20), .. Entries.Transaction(3, 1)]));

            // What is at hand is applied first; the last batch is waited for at once.
            Assert.Equal([(1ul, 2ul), (2ul, 3ul), (3ul, 3ul)], seen);
            Assert.Equal([1ul, 2ul, 3ul], world.Batches.Select(batch => batch.Durable.Sequence));
            Assert.Equal([20L, 20L, 1L], world.Batches.Select(batch => batch.Entries));
            Assert.Equal(3ul, world.Session.Acknowledged[^1]);
        }
    }

    [Fact]
    public void A_batch_left_to_the_disk_is_waited_for_before_the_loop_sleeps()
    {
        HistoryStore store = new();
        using ReplicaWorld world = new ReplicaWorld(new ReplicaOptions { MaxBatchBytes = 200 }, store: store).Start();

        // The second message is a heartbeat: it is at hand when the first is synced, and holds nothing to apply.
        world.SendTogether(Entries.Message([.. Entries.Transaction(1, 20)]), Entries.Message([]));
        Assert.Equal(WaitingForData, world.Replica.CurrentState);
        Assert.Equal(1ul, store.Durable.Sequence);
        Assert.Equal([1ul], world.Session.Acknowledged);
    }

    [Fact]
    public void A_batch_after_which_nothing_new_came_is_counted_once()
    {
        using ReplicaWorld world = new ReplicaWorld(new ReplicaOptions { MaxBatchBytes = 200 }).Start();

        // The same again is at hand when the batch is full, and brings nothing.
        world.SendTogether(
            Entries.Message([.. Entries.Transaction(1, 20)]), Entries.Message([.. Entries.Transaction(1, 20)]));
        Assert.Equal(WaitingForData, world.Replica.CurrentState);
        Assert.Equal([20L], world.Batches.Select(batch => batch.Entries));
        Assert.Equal(1, world.Replica.ReadCounters().Batches);
    }

    [Fact]
    public void A_batch_grows_while_the_disk_is_busy_with_the_one_before()
    {
        HistoryStore store = new() { DiskIsBusy = true };
        using ReplicaWorld world = new ReplicaWorld(new ReplicaOptions { MaxBatchBytes = 200 }, store: store).Start();
        world.SendTogether(
            Entries.Message(
                [.. Entries.Transaction(1, 20), .. Entries.Transaction(2, 20), .. Entries.Transaction(3, 20)]),
            Entries.Message([.. Entries.Transaction(4, 1)]));
        Assert.Equal([1ul, 4ul], world.Batches.Select(batch => batch.Durable.Sequence));
        Assert.Equal([20L, 41L], world.Batches.Select(batch => batch.Entries));
        Assert.Equal(4ul, world.Session.Acknowledged[^1]);
    }

    [Fact]
    public void A_batch_that_grew_is_durable_before_the_loop_sleeps()
    {
        HistoryStore store = new() { DiskIsBusy = true };
        using ReplicaWorld world = new ReplicaWorld(new ReplicaOptions { MaxBatchBytes = 200 }, store: store).Start();

        // No acknowledgement that is due wakes the loop.
        TaskCompletionSource<CallReply> held = new();
        world.Session.AnswerAcknowledgement = _ => held.Task;
        world.Send(Entries.Range(1, 1));

        // The heartbeat is at hand when the second batch could be closed, and holds nothing to apply.
        world.SendTogether(
            Entries.Message([.. Entries.Transaction(2, 20)]),
            Entries.Message([.. Entries.Transaction(3, 20)]),
            Entries.Message([]));
        Assert.Equal(WaitingForData, world.Replica.CurrentState);
        Assert.Equal([1ul, 2ul, 3ul], world.Batches.Select(batch => batch.Durable.Sequence));
        Assert.Equal([1ul], world.Session.Acknowledged);
        world.Session.AnswerAcknowledgement = _ => Task.FromResult(new CallReply(true, ""));
        world.Run(() => held.SetResult(new CallReply(true, "")));
        Assert.Equal([1ul, 3ul], world.Session.Acknowledged);
    }

    [Fact]
    public void Acknowledgements_keep_a_distance_while_more_is_at_hand()
    {
        using ReplicaWorld world = new ReplicaWorld(new ReplicaOptions { MaxBatchBytes = 200 }).Start();
        world.SendTogether([.. Enumerable.Range(1, 9).Select(i => Entries.Message(Entries.Transaction((ulong)i, 20)))]);

        // The clock stands still: the first, and the last, when nothing more is at hand.
        Assert.Equal(9, world.Batches.Count);
        Assert.Equal(2, world.Session.Acknowledged.Count);
        Assert.Equal(9ul, world.Session.Acknowledged[^1]);
    }

    [Fact]
    public void One_acknowledgement_is_under_way_at_most_while_batches_go_on()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        TaskCompletionSource<CallReply> held = new();
        world.Session.AnswerAcknowledgement = _ => held.Task;
        for (ulong sequence = 1; sequence <= 5; sequence++)
        {
            world.Send(Entries.Range(sequence, sequence));
        }

        Assert.Equal([1ul], world.Session.Acknowledged);
        Assert.Equal(5, world.Store.SyncCount);
        world.Session.AnswerAcknowledgement = _ => Task.FromResult(new CallReply(true, ""));
        world.Run(() => held.SetResult(new CallReply(true, "")));
        Assert.Equal([1ul, 5ul], world.Session.Acknowledged);
        Assert.Equal(5ul, world.Replica.Positions.Acknowledged.Value.Sequence);
    }

    [Fact]
    public void An_acknowledgement_without_an_answer_costs_the_session_after_the_ack_interval()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Session.AnswerAcknowledgement = _ => new TaskCompletionSource<CallReply>().Task;
        world.Send(Entries.Range(1, 1));
        world.Advance(world.Options.AckInterval);
        Assert.Equal(Error, world.Replica.CurrentState);
        Assert.Equal(ErrorKind.Connection, world.Failures[^1].Kind);
        Assert.Equal(0ul, world.Replica.Positions.Acknowledged.Value.Sequence);
    }

    [Fact]
    public void An_answer_may_take_a_second_however_short_the_ack_interval()
    {
        using ReplicaWorld world = new ReplicaWorld(
            new ReplicaOptions { NodeId = "replica-1", AckInterval = TimeSpan.FromMilliseconds(1) }).Start();
        TaskCompletionSource<CallReply> held = new();
        world.Session.AnswerAcknowledgement = _ => held.Task;
        world.Send(Entries.Range(1, 1));
        world.Advance(TimeSpan.FromMilliseconds(999));
        world.Run(() => held.SetResult(new CallReply(true, "")));
        Assert.Empty(world.Failures);
        Assert.Equal(1ul, world.Replica.Positions.Acknowledged.Value.Sequence);
    }

    [Fact]
    public void A_heartbeat_is_counted_and_waited_after()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Transitions.Clear();
        world.Send(Entries.Heartbeat());
        Assert.Equal(1, world.Replica.ReadCounters().Heartbeats);
        Assert.Equal([StreamingEntries, WaitingForData], world.Transitions.Select(change => change.To));
    }

    [Fact]
    public void A_stream_silent_for_the_limit_is_opened_again_and_heartbeats_keep_it_open()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        for (int i = 0; i < 10; i++)
        {
            world.Advance(TimeSpan.FromSeconds(30));
            world.Send(Entries.Heartbeat());
        }

        Assert.Empty(world.Failures);
        world.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal(ErrorKind.Connection, Assert.Single(world.Failures).Kind);
        world.Retry();
        Assert.Equal(2, world.Primary.Sessions.Count);
    }

    [Fact]
    public void The_end_of_the_stream_is_waited_out_and_the_stream_reopened_on_the_same_connection()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Range(1, 2));
        world.Run(world.Session.End);
        Assert.Equal(WaitingForData, world.Replica.CurrentState);
        world.AdvanceUntil(
            () => world.Primary.Sessions.Count == 2, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(2));
        Assert.Equal(1, world.Primary.Connects);
        Assert.Equal(2ul, world.Primary.Requests[^1].StartSequence);
        Assert.Empty(world.Failures);
    }

    [Fact]
    public void A_reopened_stream_starts_at_the_last_held_sequence_and_continues_when_it_is_the_same()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Range(1, 5));
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        world.Retry();
        Assert.Equal((5ul, 1ul), (world.Primary.Requests[^1].StartSequence, world.Primary.Requests[^1].Epoch));
        world.Send(Entries.Range(5, 8));
        Assert.Equal(Enumerable.Range(1, 8).Select(i => (ulong)i), world.Store.Sequences);
        Assert.Equal([8ul], world.Session.Acknowledged);
        Assert.True(world.Replica.IsHealthy);
    }

    [Fact]
    public void Another_content_under_the_last_held_sequence_is_divergence_and_stops_the_node()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Range(1, 5));
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        world.Retry();
        world.Send(Entries.Message(Entries.Put(5, "key-5", "other"), Entries.Put(6)));
        DivergenceException error = Assert.Throws<DivergenceException>(
            () => world.Replica.Completion.GetAwaiter().GetResult());
        Assert.Contains("1:5", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, world.Store.Entries.Count);
        Assert.False(world.Replica.IsHealthy);
        Assert.Equal(Error, world.Replica.CurrentState);
    }

    [Theory]
    [InlineData(2ul, 100ul)]
    [InlineData(1ul, 4ul)]
    public void A_relay_in_another_epoch_or_behind_us_is_divergence(ulong epoch, ulong last)
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Range(1, 5));
        world.Primary.Relay = world.Primary.Relay! with { Epoch = epoch, LastSequence = last };
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        world.AdvanceUntil(
            () => world.Replica.Completion.IsCompleted, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(5));
        Assert.Throws<DivergenceException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Fact]
    public void A_relay_that_falls_idle_without_sending_what_we_hold_is_divergence()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Range(1, 5));
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        world.Retry();
        world.Send(Entries.Heartbeat());
        Assert.Throws<DivergenceException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Fact]
    public void An_empty_node_takes_over_the_relays_epoch()
    {
        ScriptedPrimary primary = new();
        primary.Relay = primary.Relay! with { Epoch = 7 };
        using ReplicaWorld world = new ReplicaWorld(primary: primary).Start();
        world.Send(Entries.Range(1, 2));
        Assert.Equal(new LogPosition(7, 2), world.Store.Durable);
        Assert.Equal(new LogPosition(7, 2), world.Replica.Positions.Acknowledged.Value);
    }

    [Fact]
    public void An_empty_node_does_not_follow_a_relay_whose_beginning_is_gone()
    {
        ScriptedPrimary primary = new();
        primary.Relay = primary.Relay! with { FirstSequence = 10 };
        using ReplicaWorld world = new ReplicaWorld(primary: primary).Start();
        Assert.Throws<RetentionException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Fact]
    public void A_relay_that_follows_this_node_is_refused()
    {
        ScriptedPrimary primary = new();
        primary.Relay = primary.Relay! with { Path = ["other", "replica-1"] };
        using ReplicaWorld world = new ReplicaWorld(primary: primary).Start();
        Assert.Throws<ConfigurationException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Fact]
    public void A_gap_keeps_what_was_before_it_asks_again_and_continues()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Message(Entries.Put(1), Entries.Put(2), Entries.Put(5)));
        Assert.Equal([1ul, 2ul], world.Store.Sequences);
        Assert.Equal([3ul], world.Session.NegativelyAcknowledged);
        Assert.Equal([2ul], world.Session.Acknowledged);
        world.Send(Entries.Range(6, 7), Entries.Range(3, 7));
        Assert.Equal(7ul, world.Replica.LastAppliedSequence);
        Assert.Equal([3ul], world.Session.NegativelyAcknowledged);
        Assert.Equal(1, world.Replica.ReadCounters().Gaps);
    }

    [Fact]
    public void A_gap_that_never_closes_is_asked_for_again_then_reconnected_then_ends_the_node()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        for (int session = 0; session < world.Options.MaxRetries; session++)
        {
            int sessions = session + 1;
            world.AdvanceUntil(() =>
                world.Primary.Sessions.Count == sessions, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(20));
            world.Send(Entries.Message(Entries.Put(3)));
            world.AdvanceUntil(
                () => world.Replica.CurrentState == Error, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(20));
            Assert.Equal([1ul, 1, 1], world.Session.NegativelyAcknowledged);
        }

        GapException error = Assert.Throws<GapException>(() => world.Replica.Completion.GetAwaiter().GetResult());
        Assert.Contains("Sequence 1 ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refused_negative_acknowledgement_ends_the_session()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Session.AnswerNegativeAcknowledgement = _ =>
            Task.FromResult(new CallReply(false, "Failed to resend entries: no entries found from sequence 1"));
        world.Send(Entries.Message(Entries.Put(3)));
        Assert.Equal(ErrorKind.Gap, Assert.Single(world.Failures).Kind);
    }

    [Fact]
    public void A_transaction_over_several_messages_becomes_durable_with_its_last_part()
    {
        byte[][] parts = Entries.Transaction(2, 9);
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Message(FragmentType.First, [Entries.Put(1), .. parts[..3]]));
        world.Send(Entries.Message(FragmentType.Middle, parts[3..6]), Entries.Heartbeat());
        Assert.Empty(world.Store.Entries);
        Assert.Empty(world.Session.Acknowledged);
        world.Send(Entries.Message(FragmentType.Last, parts[6..]));
        Assert.Equal(10, world.Store.Entries.Count);
        Assert.Equal([2ul], world.Session.Acknowledged);
    }

    [Fact]
    public void A_session_lost_inside_a_transaction_leaves_no_part_of_it()
    {
        byte[][] parts = Entries.Transaction(2, 6);
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Range(1, 1), Entries.Message(FragmentType.First, parts[..3]));
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        Assert.Equal([1ul], world.Store.Sequences);
        world.Retry();
        world.Send(Entries.Range(1, 1), Entries.Message(FragmentType.First, parts[..3]),
            Entries.Message(FragmentType.Last, parts[3..]));
        Assert.Equal(7, world.Store.Entries.Count);
    }

    [Fact]
    public void Everything_before_a_corrupt_entry_becomes_durable_within_one_more_attempt()
    {
        byte[] corrupt = Entries.Put(4);
        corrupt[0] = 9;
        using ReplicaWorld world = new ReplicaWorld().Start();
        StreamMessage Bad() => Entries.Message(Entries.Put(1), Entries.Put(2), Entries.Put(3), corrupt);
        world.Send(Bad());
        Assert.Equal(ErrorKind.Protocol, Assert.Single(world.Failures).Kind);
        world.Retry();
        world.Send(Bad());
        Assert.Equal([1ul, 2, 3], world.Store.Sequences);
        Assert.Equal(2, world.Failures.Count);

        // What was good the first time is one batch; only what may hold the bad one goes singly.
        Assert.Equal([2ul, 3ul], world.Batches.Select(batch => batch.Durable.Sequence));
        Assert.Contains("Entry 4", world.Replica.States.LastError!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_failed_sync_ends_the_node_and_nothing_is_acknowledged_after_it()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Range(1, 1));
        world.Store.SyncFault = new StorageException(StorageFault.SyncFailed, "the disk is gone");
        world.Send(Entries.Range(2, 2));
        StorageException error = Assert.Throws<StorageException>(
            () => world.Replica.Completion.GetAwaiter().GetResult());
        Assert.Equal(StorageFault.SyncFailed, error.Fault);
        Assert.Equal([1ul], world.Session.Acknowledged);
        Assert.Equal(1ul, world.Replica.LastAppliedSequence);
        Assert.Equal(0, world.Store.DiscardCount);
    }

    [Fact]
    public void A_failed_append_ends_the_node()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Store.ApplyFault = new StorageException(StorageFault.Full, "no space");
        world.Send(Entries.Range(1, 1));
        Assert.Equal(
            StorageFault.Full,
            Assert.Throws<StorageException>(() => world.Replica.Completion.GetAwaiter().GetResult()).Fault);
    }

    [Fact]
    public void A_relay_is_held_back_by_a_full_queue()
    {
        // The store blocks the loop inside the first sync; meanwhile the receiver may take no more than the queue
        // holds.
        ReplicaOptions options = new() { ReceiveQueueBytes = 64 << 10, MaxBatchBytes = 1 };
        ScriptedPrimary primary = new();
        HistoryStore store = new();
        int leastUnread = int.MaxValue;
        store.Synced = _ => leastUnread = Math.Min(leastUnread, primary.Session.Unread);
        using ReplicaWorld world = new ReplicaWorld(options, store, primary).Start();
        const int Messages = 1000;
        world.SendTogether([.. Enumerable.Range(1, Messages).Select(i => Entries.Range((ulong)i, (ulong)i))]);
        Assert.Equal(Messages, store.Entries.Count);
        Assert.Equal(0, world.Replica.ReadCounters().DroppedMessages);
    }
}
