using System.Net.Sockets;
using Grpc.Core;
using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Tests.World;
using Kevo.Storage;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Tests.Follow;

/// <summary>A node that is new to a relay whose log begins later.</summary>
public sealed class ReplicaJoinTests
{
    private static readonly RpcException Unreachable = new(new Status(
        StatusCode.Unavailable, "no connection", new SocketException((int)SocketError.ConnectionRefused)));

    [Fact]
    public void An_empty_node_takes_a_snapshot_and_goes_on_behind_it()
    {
        using JoinWorld world = new JoinWorld().Start();
        Assert.Equal([new LogPosition(3, 100)], world.Asked);
        world.Send(Entries.Message(Entries.Put(100, "c", "3")), Entries.Message(Entries.Put(101, "d", "4")));

        Assert.Equal("a=1 b=2 c=3 d=4", world.Visible());
        Assert.Equal(new LogPosition(3, 101), world.Store.Durable);
        Assert.Equal(101ul, world.Relay.Session.Acknowledged[^1]);
        Assert.Equal(1, world.Status.Counters.Entries);
        Assert.Equal(1, world.Status.Counters.Duplicates);
        Assert.Empty(world.Failures);
        Assert.Equal(SnapshotReason.None, world.Status.PendingSnapshot);

        // The log begins with the last transaction of the snapshot, for this node and those behind it to compare.
        Assert.Equal(new LogPosition(3, 100), world.Store.Log.First);
        world.Announce(first: 90, last: 101);
        world.Restart();
        world.Send(Entries.Message(Entries.Put(101, "d", "4")), Entries.Message(Entries.Put(102, "e", "5")));
        Assert.Equal("a=1 b=2 c=3 d=4 e=5", world.Visible());
        Assert.Equal(0, world.Reader.Opened);
    }

    [Fact]
    public void While_it_is_written_nothing_is_seen_the_lag_is_unknown_and_the_stream_waits_as_long_as_it_takes()
    {
        ReplicaOptions options = new() { NodeId = "replica-1", ReceiveQueueBytes = 64 << 10 };
        using JoinWorld world = new(options);
        world.Reader.Hold();
        world.Start();
        world.Send(
        [
            Entries.Message(Entries.Put(100, "c", "3")),
            .. Enumerable.Range(101, 100).Select(i => Entries.Message(
                Entries.Put((ulong)i, $"k{i}", new string('x', 4000)))),
        ]);
        Assert.Equal("", world.Visible());
        Assert.Equal(SnapshotReason.RelayBeginsLater, world.Status.PendingSnapshot);
        Assert.NotNull(world.Status.SnapshotTime);
        Assert.Null(world.Status.Lag);
        Assert.InRange(world.Relay.Session.Unread, 50, 99);
        Assert.InRange(world.Status.QueuedBytes, 1, options.ReceiveQueueBytes);

        // Far longer than a stream may be silent, and than a connection attempt may take.
        world.Advance(600);
        world.Advance(600);
        Assert.Empty(world.Failures);
        world.Run(world.Reader.GoOn);
        Assert.Equal(new LogPosition(3, 200), world.Store.Durable);
        Assert.Empty(world.Failures);
        Assert.Single(world.Relay.Sessions);
        Assert.Equal(0, world.Relay.Session.Unread);
        Assert.NotNull(world.Status.Lag);
    }

    [Theory]
    [InlineData("c", "other", "c=3")]
    [InlineData("d", "4", "no d")]
    [InlineData("0", "before all", "no 0")]
    [InlineData("bb", "between", "no bb")]
    public void A_snapshot_of_another_history_under_the_same_numbers_is_not_taken(
        string key, string value, string shown)
    {
        using JoinWorld world = new JoinWorld().Start();
        world.Send(Entries.Message(Entries.Put(100, key, value), Entries.Put(100, "a", "1")));
        RetentionException error = world.EndOf<RetentionException>();
        Assert.True(error.Message.Contains("different histories", StringComparison.Ordinal), $"{shown}: {error}");
        Assert.Equal(LogPosition.None, world.Store.Durable);
        Assert.Equal("", world.Visible());
        Assert.Equal(0, world.CountTables());
    }

    [Fact]
    public void What_a_transaction_over_several_messages_left_is_compared_the_last_operation_on_a_key_counting()
    {
        using JoinWorld world = new JoinWorld().Start();
        world.Send(
            Entries.Message(
                FragmentType.First,
                [Entries.Put(100, "gone", "1"), Entries.Put(100, "c", "first"), Entries.Put(100, "a", "1")]),
            Entries.Message(FragmentType.Middle, Entries.Delete(100, "gone"), Entries.Put(100, "c", "second")));
        Assert.Equal("", world.Visible());
        world.Send(
            Entries.Message(FragmentType.Last, Entries.Delete(100, "never"), Entries.Put(100, "c", "3")),
            Entries.Message(Entries.Delete(101, "a")));
        Assert.Equal("b=2 c=3", world.Visible());

        using JoinWorld other = new JoinWorld().Start();
        other.Send(Entries.Message(Entries.Put(100, "c", "3"), Entries.Delete(100, "a")));
        Assert.Contains("different histories", other.EndOf<RetentionException>().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_transaction_too_large_to_wait_for_is_not_compared()
    {
        ReplicaOptions options = new() { NodeId = "replica-1", ReceiveQueueBytes = 64 << 10 };
        using JoinWorld world = new JoinWorld(options).Start();
        world.Send(
            Entries.Message(
                FragmentType.First, Entries.Put(100, "c", "first"), Entries.Put(100, "x", new string('x', 40_000))),
            Entries.Message(FragmentType.Middle, Entries.Put(100, "x", new string('y', 40_000))),
            Entries.Message(FragmentType.Last, Entries.Put(100, "c", "3"), Entries.Delete(100, "x")),
            Entries.Message(Entries.Put(101, "d", "4")));
        Assert.Equal("a=1 b=2 c=3 d=4", world.Visible());
        Assert.Equal(new LogPosition(3, 101), world.Store.Log.First);
    }

    [Fact]
    public void A_relay_that_says_only_in_its_headers_that_it_begins_later_is_joined_too()
    {
        using JoinWorld world = new();
        world.Relay.Refuse = static _ => null;
        world.Start();
        world.Send(Entries.Message(Entries.Put(100, "c", "3")));
        Assert.Equal(new LogPosition(3, 100), world.Store.Durable);
        Assert.True(world.Relay.Sessions[0].IsDisposed);
    }

    [Fact]
    public void A_snapshot_that_breaks_off_is_begun_anew_and_leaves_nothing()
    {
        using JoinWorld world = new();
        world.Reader.RowFault = (2, new RpcException(new Status(StatusCode.DataLoss, "a block is damaged")));
        world.Start();
        world.Send(Entries.Message(Entries.Put(100, "c", "3")));
        Failure failure = Assert.Single(world.Failures);
        Assert.Equal(ErrorKind.Connection, failure.Kind);
        Assert.Contains("scripted reader broke off (DataLoss", failure.Error.Message, StringComparison.Ordinal);
        Assert.Equal(LogPosition.None, world.Store.Durable);
        Assert.Equal(0, world.CountTables());
        Assert.Equal(SnapshotReason.RelayBeginsLater, world.Status.PendingSnapshot);

        world.Reader.Position = new LogPosition(3, 120);
        world.Announce(first: 95, last: 120);
        world.AdvanceUntil(() => world.Relay.Sessions.Count == 2);
        world.Send(Entries.Message(Entries.Put(120, "b", "2")));
        Assert.Equal(new LogPosition(3, 120), world.Store.Durable);
        Assert.Equal("a=1 b=2 c=3", world.Visible());
    }

    [Fact]
    public void A_stream_that_breaks_off_meanwhile_takes_the_snapshot_with_it()
    {
        using JoinWorld world = new();
        world.Reader.Hold();
        world.Start();
        world.Send(Entries.Message(Entries.Put(100, "c", "3")));
        Assert.Equal(1, world.Reader.Open);
        world.Run(() => world.Relay.Session.Fail(new RpcException(new Status(StatusCode.Unavailable, "gone"))));
        Assert.Equal(0, world.Reader.Open);
        world.Run(world.Reader.GoOn);
        world.AdvanceUntil(() => world.Relay.Sessions.Count == 2);
        world.Send(Entries.Message(Entries.Put(100, "c", "3")));
        Assert.Equal("a=1 b=2 c=3", world.Visible());
    }

    [Fact]
    public void A_stop_in_the_middle_leaves_an_empty_store_that_begins_anew()
    {
        using JoinWorld world = new();
        world.Reader.Hold();
        world.Start();
        world.Send(Entries.Message(Entries.Put(100, "c", "3")));
        world.StopReplica();
        Assert.True(world.Replica.Completion.IsCompletedSuccessfully);
        Assert.Equal(LogPosition.None, world.Store.Durable);
        world.Restart();
        Assert.Contains("no node of this product", world.EndOf<RetentionException>().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_do_not_ascend_are_not_trusted()
    {
        using JoinWorld world = new();
        world.Reader.Descends = true;
        world.Start();
        world.Send(Entries.Message(Entries.Put(100, "c", "3")));
        Assert.Equal(ErrorKind.Protocol, Assert.Single(world.Failures).Kind);
        Assert.Equal(LogPosition.None, world.Store.Durable);
    }

    public static TheoryData<string, Action<JoinWorldSettings>, string> Refusals => new()
    {
        { "no read service", static settings => settings.HasReader = false, "no read service" },
        { "switched off", static settings => settings.Bootstrap = BootstrapRule.Never, "--bootstrap never" },
        { "stock", static settings => settings.Position = null, "no node of this product" },
        {
            "a relay",
            static settings => settings.Fault = new RpcException(new Status(StatusCode.Unimplemented, "unknown")),
            "scripted reader has no read service"
        },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_place_without_a_snapshot_ends_the_node_at_once_and_says_what_to_do(
        string name, Action<JoinWorldSettings> change, string expected)
    {
        JoinWorldSettings settings = new();
        change(settings);
        using JoinWorld world = settings.Make();
        world.Start();
        RetentionException error =
            Assert.IsType<RetentionException>(world.Replica.Completion.Exception?.InnerException);
        Assert.True(error.Message.Contains(expected, StringComparison.Ordinal), $"{name}: {error.Message}");
        Assert.Contains("the log begins with sequence 90", error.Message, StringComparison.Ordinal);
        Assert.Contains("--primary-client", error.Message, StringComparison.Ordinal);
        Assert.Contains("--log-retention", error.Message, StringComparison.Ordinal);
        Assert.True(world.Replica.FollowsRelay);
    }

    [Fact]
    public void A_read_service_that_cannot_be_reached_is_tried_as_often_as_a_primary_before_the_node_ends()
    {
        using JoinWorld world = new(new ReplicaOptions { NodeId = "replica-1", MaxRetries = 3 });
        world.Reader.OpenFault = Unreachable;
        world.Start();
        RetentionException error = world.EndOf<RetentionException>();
        Assert.Contains("nothing answers at scripted reader", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, world.Reader.Opened);
        Assert.Equal(
            [ErrorKind.Connection, ErrorKind.Connection, ErrorKind.Retention],
            world.Failures.Select(failure => failure.Kind));
    }

    [Fact]
    public void A_read_service_that_comes_up_in_time_or_refuses_for_now_costs_only_time()
    {
        using JoinWorld world = new(new ReplicaOptions { NodeId = "replica-1", MaxRetries = 2 });
        world.Reader.OpenFaults.Enqueue(Unreachable);
        for (int i = 0; i < 5; i++)
        {
            world.Reader.OpenFaults.Enqueue(new RpcException(new Status(StatusCode.Unavailable, "too far behind")));
        }

        world.Start();
        world.AdvanceUntil(() => world.Relay.Sessions.Count == 1);
        world.Send(Entries.Message(Entries.Put(100, "c", "3")));
        Assert.Equal("a=1 b=2 c=3", world.Visible());
        Assert.Equal(6, world.Failures.Count);
        Assert.All(world.Failures, failure => Assert.Equal(ErrorKind.Connection, failure.Kind));
    }

    [Fact]
    public void A_read_service_that_does_not_answer_is_named()
    {
        using JoinWorld world = new(new ReplicaOptions { NodeId = "replica-1", MaxRetries = 2 });
        world.Reader.Blackhole = true;
        world.Start();
        Assert.Contains(
            "scripted reader does not answer", world.EndOf<RetentionException>().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_read_service_is_asked_until_it_has_something()
    {
        using JoinWorld world = new(new ReplicaOptions { NodeId = "replica-1", MaxRetries = 1 });
        world.Reader.Position = LogPosition.None;
        world.Start();
        world.AdvanceUntil(() => world.Failures.Count == 3);
        world.Reader.Position = JoinWorld.Position;
        world.AdvanceUntil(() => world.Relay.Sessions.Count == 1);
        Assert.Equal([JoinWorld.Position], world.Asked);
    }

    [Fact]
    public void The_last_transaction_of_the_snapshot_is_compared_when_the_node_comes_again()
    {
        using JoinWorld world = new JoinWorld().Start();
        world.Send(
            Entries.Message(FragmentType.First, Entries.Put(100, "c", "first")),
            Entries.Message(FragmentType.Last, Entries.Put(100, "c", "3")));
        Assert.Equal(new LogPosition(3, 100), world.Store.Durable);
        Assert.Equal("a=1 b=2 c=3", world.Visible());
        world.Restart();
        world.Send(
            Entries.Message(FragmentType.First, Entries.Put(100, "c", "first")),
            Entries.Message(FragmentType.Last, Entries.Put(100, "c", "3")),
            Entries.Message(Entries.Put(101, "d", "4")));
        Assert.Equal("a=1 b=2 c=3 d=4", world.Visible());

        using JoinWorld other = new JoinWorld().Start();
        other.Send(Entries.Message(Entries.Put(100, "c", "3")));
        other.Restart();
        other.Send(Entries.Message(Entries.Put(100, "c", "other")));
        other.EndOf<DivergenceException>();
        Assert.Equal("a=1 b=2 c=3", other.Visible());
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition)]
    [InlineData(StatusCode.OutOfRange)]
    public void A_relay_that_has_no_such_position_is_tried_again_with_a_newer_snapshot(StatusCode code)
    {
        using JoinWorld world = new(new ReplicaOptions { NodeId = "replica-1", MaxRetries = 3 });
        world.Relay.Refuse = request => request.StartSequence < 120
            ? new RpcException(new Status(request.StartSequence == 0 ? StatusCode.OutOfRange : code, "not here."))
            : null;
        world.Start();
        world.AdvanceUntil(() => world.Failures.Count == 2);
        world.Reader.Position = new LogPosition(3, 120);
        world.Announce(first: 110, last: 120);
        world.AdvanceUntil(() => world.Relay.Sessions.Count == 1);
        world.Send(Entries.Message(Entries.Put(120, "c", "3")));
        Assert.Equal(new LogPosition(3, 120), world.Store.Durable);

        // Behind the log a read service may come nearer at any time; another history does not become this one.
        using JoinWorld hopeless = new(new ReplicaOptions { NodeId = "replica-1", MaxRetries = 3 });
        hopeless.Relay.Refuse = request =>
            new RpcException(new Status(request.StartSequence == 0 ? StatusCode.OutOfRange : code, "not here."));
        hopeless.Start();
        hopeless.AdvanceUntil(() => hopeless.Failures.Count == (code == StatusCode.OutOfRange ? 10 : 3));
        Assert.Equal(code != StatusCode.OutOfRange, hopeless.Replica.HasFailed);
        Assert.Contains(
            "is at 3:100, where the relay serves no stream (not here.)",
            hopeless.Failures[^1].Error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_that_is_a_moment_ahead_of_the_relay_is_kept_until_the_relay_gets_there()
    {
        using JoinWorld world = new();
        int early = 0;
        world.Relay.Refuse = request => request.StartSequence == 0
            ? new RpcException(new Status(StatusCode.OutOfRange, "the log begins with sequence 90."))
            : ++early <= 3 ? new RpcException(new Status(StatusCode.FailedPrecondition, "ahead.")) : null;
        world.Start();
        world.AdvanceUntil(() => world.Relay.Sessions.Count == 1);
        Assert.Equal(1, world.Reader.Opened);
        Assert.Equal(Enumerable.Repeat(JoinWorld.Position, 4), world.Asked);
        Assert.Empty(world.Failures);
    }

    [Fact]
    public void A_read_service_that_refuses_this_node_is_named_so()
    {
        using JoinWorld world = new(new ReplicaOptions { NodeId = "replica-1", MaxRetries = 2 });
        world.Reader.OpenFault = new RpcException(new Status(StatusCode.PermissionDenied, "not you"));
        world.Start();
        Assert.Contains(
            "refuses the call (not you)", world.EndOf<RetentionException>().Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Content_without_a_number_is_not_mixed_with_a_relays_history()
    {
        using JoinWorld world = new();
        using (IStoreRebuild rebuild = world.Store.BeginRebuild())
        {
            rebuild.Add("left"u8, "over"u8);
            rebuild.Commit(new LogPosition(1, 0), setHistoryAside: false);
        }

        world.Announce(first: 1, last: 100, epoch: 1);
        world.StopReplica();
        world.Restart();
        Assert.Contains(
            "said no sequence number", world.EndOf<DivergenceException>().Message, StringComparison.Ordinal);
        Assert.Equal("left=over", world.Visible());
        Assert.Equal(new LogPosition(1, 0), world.Store.Durable);
    }

    [Theory]
    [InlineData(4, 100)]
    [InlineData(3, 99)]
    public void A_relay_that_announces_another_history_than_the_snapshots_is_refused(ulong epoch, ulong last)
    {
        using JoinWorld world = new();
        world.Announce(first: 90, last, epoch);
        world.Start();
        Assert.Contains("different histories", world.EndOf<RetentionException>().Message, StringComparison.Ordinal);
        Assert.Equal(LogPosition.None, world.Store.Durable);
    }

    [Fact]
    public void A_store_that_has_begun_an_epoch_says_so()
    {
        using JoinWorld world = new();
        world.Store.BeginEpoch(new LogPosition(3, 0));
        world.StopReplica();
        world.Restart();
        Assert.Contains("has begun epoch 3", world.EndOf<RetentionException>().Message, StringComparison.Ordinal);
        Assert.True(world.Replica.FollowsRelay);
    }
}
