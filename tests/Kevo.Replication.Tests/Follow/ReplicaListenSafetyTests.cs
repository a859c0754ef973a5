using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Replication.Tests.World;
using Kevo.Wire;

namespace Kevo.Replication.Tests.Follow;

/// <summary>
/// Listening where the way is long, where the primary came back unnoticed, and where its count says nothing: no harm,
/// and no content that the primary never had.
/// </summary>
public sealed class ReplicaListenSafetyTests
{
    [Fact]
    public void A_stock_primary_too_far_away_is_named_and_no_stream_is_opened_there()
    {
        using ListenWorld world = new();
        TimeSpan way = TimeSpan.FromMilliseconds(90);
        world.Stream.Probed = _ => world.Time.Advance(way);
        world.Start();
        world.Pass(60);
        Assert.Empty(world.Stream.Requests);
        Assert.Equal(PrimaryCondition.TooFar, world.Status.Condition);
        Assert.Equal("primary-too-far", world.Failures[^1].Error.Reason);
        Assert.Null(world.Status.Lag);
        way = TimeSpan.FromMilliseconds(60);
        world.Pass(60);
        Assert.Equal(PrimaryCondition.Live, world.Status.Condition);
        Assert.Single(world.Stream.Requests);
    }

    [Fact]
    public void The_first_round_trips_may_be_slow_when_three_after_them_are_not()
    {
        using ListenWorld world = new();
        world.Stream.Probed = number => world.Time.Advance(TimeSpan.FromMilliseconds(number <= 2 ? 300 : 1));
        world.Start();
        Assert.Single(world.Stream.Session.Acknowledged);
    }

    [Fact]
    public void An_acknowledgement_that_could_come_after_the_first_tick_is_not_sent_and_the_stream_is_closed()
    {
        using ListenWorld world = new();
        world.Stream.Opened = _ => world.Time.Advance(TimeSpan.FromMilliseconds(80));
        world.Start();
        Assert.Empty(world.Stream.Session.Acknowledged);
        Assert.True(world.Stream.Session.IsDisposed);
        Assert.Equal(PrimaryCondition.TooFar, world.Status.Condition);
        world.Stream.Opened = null;
        world.Pass(10);
        Assert.Single(world.Stream.Session.Acknowledged);
        Assert.Equal(PrimaryCondition.Live, world.Status.Condition);
    }

    [Fact]
    public void While_a_stream_is_opened_small_questions_follow_it_and_none_is_left_behind()
    {
        using ListenWorld world = new();
        int questions = 0;
        world.Stream.Probed = _ => questions++;
        TaskCompletionSource<CallReply> answer = new();
        world.Stream.Opened = session => session.AnswerAcknowledgement = _ => answer.Task;
        world.Start();
        int measured = questions;
        for (int passed = 5; passed <= 60; passed += 5)
        {
            world.Advance(0.005);
            Assert.Equal(measured + (passed / 5), questions);
        }

        for (int passed = 0; passed < 1_000; passed += 5)
        {
            world.Advance(0.005);
        }

        Assert.Equal(measured + StreamEscort.QuestionsMax, questions);
        world.Run(() => answer.SetResult(new CallReply(true, "")));
        Assert.Equal(PrimaryCondition.Live, Settled(world));
        Assert.Equal(measured + StreamEscort.QuestionsMax, questions);
    }

    [Fact]
    public void Questions_that_hang_or_fail_do_not_hold_a_stream_up()
    {
        using ListenWorld world = new();
        int questions = 0;
        TaskCompletionSource<bool> never = new();
        TaskCompletionSource<CallReply> answer = new();
        world.Stream.Opened = session => session.AnswerAcknowledgement = _ => answer.Task;
        world.Start();
        world.Stream.AnswerProbe = cancellation => ++questions == 1
            ? throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.Unavailable, "lost"))
            : never.Task.WaitAsync(cancellation);
        world.Advance(0.005);
        world.Advance(0.005);
        Assert.Equal(2, questions);
        world.Run(() => answer.SetResult(new CallReply(true, "")));
        world.Stream.AnswerProbe = null;
        Assert.Equal(PrimaryCondition.Live, Settled(world));
        Assert.Empty(world.Failures);
        Assert.Equal(2, questions);
    }

    [Fact]
    public void A_relay_may_be_as_far_away_as_it_likes()
    {
        using ListenWorld world = new();
        world.Stream.Relay = new RelayAnnouncement
        {
            NodeId = "relay-1", Epoch = 1, FirstSequence = 1, LastSequence = 0,
        };
        world.Stream.Probed = _ => world.Time.Advance(TimeSpan.FromMilliseconds(500));
        world.Start();
        Assert.Equal(FollowMode.Relay, world.Status.Mode);
    }

    [Fact]
    public void A_relay_that_was_replaced_by_a_stock_primary_is_not_asked_for_its_log()
    {
        using ListenWorld world = new(before: store => ListenWorld.Apply(store, 1, ("a", "1")));
        world.Stream.Relay = new RelayAnnouncement
        {
            NodeId = "relay-1", Epoch = 1, FirstSequence = 1, LastSequence = 1,
        };
        world.Start();
        Assert.Equal(1ul, world.Stream.Requests[^1].StartSequence);
        world.Stream.Relay = null;
        world.Run(() => world.Stream.Session.Fail(new IOException("gone")));
        world.Pass(5);
        Assert.Equal(0ul, world.Stream.Requests[^1].StartSequence);
        Assert.Single(world.Stream.Session.Acknowledged);
    }

    [Fact]
    public void A_walk_of_a_process_that_does_not_know_the_stream_is_not_taken_over()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Run(() => world.Primary.Put("a", "1"));
        ulong first = Assert.Single(world.Stream.Session.Acknowledged);

        // It lost its power without a word, came back with another content, and answers; the stream still looks open.
        world.Primary.Recreate();
        world.Primary.ListsSessions = false;
        world.Pass(4);
        Assert.Single(world.Stream.Sessions);
        Assert.Equal(["a"], world.Visible().Keys);
        world.Pass(8);
        Assert.True(world.Stream.Sessions.Count > 1, "the stream of the former life is still open");
        Assert.True(world.Stream.Sessions[0].IsDisposed);
        Assert.Contains(world.Failures, failure => failure.Error.Reason == "primary-session-lost");
        Assert.Equal(["a"], world.Visible().Keys);
        Assert.NotEqual(first, world.Stream.Session.Acknowledged[0]);
    }

    [Fact]
    public void A_walk_that_a_frozen_primary_did_not_answer_does_not_hold_the_next_one_back()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Run(() => world.Primary.Put("a", "1"));
        world.Primary.ReadFault = new ConnectionException("no answer", new OperationCanceledException());
        world.Primary.Slowness = TimeSpan.FromSeconds(10);
        world.Pass(35);
        Assert.Equal(PrimaryCondition.NotAnswering, world.Status.Condition);

        // It was restarted, and lost what is held here: that has to be seen soon.
        world.Primary.ReadFault = null;
        world.Primary.Slowness = TimeSpan.Zero;
        world.Primary.Recreate();
        world.Run(() => world.Stream.Session.Fail(new IOException("gone")));
        world.Pass(2);
        world.Run(() => world.Primary.Put("other", "1"));
        world.Pass(15);
        Assert.True(world.Replica.HasFailed);
    }

    [Fact]
    public void What_a_lost_stream_brought_and_was_not_applied_is_forgotten_with_it()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Run(() => world.Primary.Put("a", "1"));
        world.Run(() => world.Primary.Commit(("b", "1")));
        world.Run(() => world.Primary.Put("c", "1"));
        Assert.Equal(SnapshotReason.Hole, world.Status.PendingSnapshot);

        // It crashes, and what waits here is what it had not synced.
        world.Primary.Restart(lost: 2);
        world.Primary.Content.Remove("b"u8.ToArray());
        world.Primary.Content.Remove("c"u8.ToArray());
        world.Run(() => world.Stream.Session.Fail(new IOException("gone")));
        world.Pass(12);
        Assert.Equal(["a"], world.Visible().Keys);
        world.Run(() => world.Primary.Put("d", "1"));
        world.Run(() => world.Primary.Put("e", "1"));
        world.Pass(40);
        world.AssertSame();
    }

    [Fact]
    public void A_primary_that_is_replaced_during_a_walk_is_noticed_before_the_walk_counts()
    {
        using ListenWorld world = new();
        for (int i = 0; i < 20; i++)
        {
            world.Primary.Put($"k{i:d2}", "old");
        }

        world.Primary.RowRead = row => world.Primary.ListsSessions = row < 10;
        world.Start();
        Assert.Empty(world.Visible());
        Assert.Equal("primary-session-lost", world.Failures[0].Error.Reason);
    }

    [Fact]
    public void Without_a_count_live_writes_are_laid_over_a_walk_only_when_later_ones_show_that_nothing_came_between()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Primary.Reported = 0;
        world.Run(() => world.Primary.Put("a", "1"));
        world.Run(() => world.Primary.Commit(("b", "1")));
        world.Run(() => world.Primary.Put("c", "1"));
        world.Primary.RowRead = row =>
        {
            if (row == 1 && world.Primary.Scans == 2)
            {
                // A transaction after the live write, in time for the rest of the walk, and nothing after it.
                world.Primary.Put("b", "2");
                world.Primary.Commit(("b", "3"), ("z", "3"));
            }
        };
        world.Pass(17);
        Assert.Equal(2, world.Primary.Scans);
        Assert.Equal(["a"], world.Visible().Keys);
        Assert.Null(world.Status.Lag);
        world.Pass(20);
        Assert.Equal(3, world.Primary.Scans);
        world.AssertSame();

        // Its number says that a transaction came before it, which the walk had already.
        world.Run(() => world.Primary.Put("d", "1"));
        world.Pass(17);
        world.AssertSame();
    }

    /// <summary>
    /// A live write is under way for longer than two seconds, a walk overtakes it, and shows a transaction on the same
    /// key that came between the two; nothing comes afterwards.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Without_a_count_a_live_write_that_a_walk_overtakes_is_not_laid_over_it(bool inParts)
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Primary.Reported = 0;
        world.Run(() => world.Primary.Put("a", "1"));
        world.Run(() => world.Primary.Commit(("b", "1")));
        world.Run(() => world.Primary.Put("c", "1"));
        TaskCompletionSource arrived = new();
        world.Stream.Session.Fenced = () => inParts ? Task.CompletedTask : arrived.Task;
        world.Primary.RowRead = row =>
        {
            if (row == 1 && world.Primary.Scans == 2)
            {
                // Sent, and not here before the stream's connection carries again.
                world.Primary.Rotated = true;
                world.Primary.Put("b", "2");
                world.Primary.Rotated = false;
                world.Primary.Commit(("b", "3"));
                world.Stream.Session.IsReceiving = inParts;
            }
        };
        world.Pass(15.5);
        Assert.Equal(2, world.Primary.Scans);
        world.Run(() =>
        {
            world.Stream.Session.Send(Entries.Broadcast(Entries.Put(4, "b", "2")));
            world.Stream.Session.IsReceiving = false;
            arrived.SetResult();
        });
        world.Pass(6);
        Assert.Equal(["a"], world.Visible().Keys);
        world.Pass(30);
        world.AssertSame();
        Assert.Equal("3", world.Visible()["b"]);
        Assert.Empty(world.Failures);
    }

    [Fact]
    public void Without_a_count_steady_live_writes_let_a_walk_count()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Primary.Reported = 0;
        world.Run(() => world.Primary.Put("a", "1"));
        world.Run(() => world.Primary.Commit(("b", "1")));
        for (int i = 0; i < 60; i++)
        {
            world.Run(() => world.Primary.Put($"k{i}", "1"));
            world.Pass(0.5);
        }

        world.AssertSame();
        Assert.Empty(world.Failures);
    }

    [Fact]
    public void Without_a_count_lag_is_known_for_a_moment_after_a_live_write_only()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Primary.Reported = 0;
        world.Run(() => world.Primary.Put("a", "1"));
        Assert.Equal(0ul, world.Status.Lag);
        world.Pass(12);
        Assert.Null(world.Status.Lag);
        world.Run(() => world.Primary.Put("b", "1"));
        Assert.Equal(0ul, world.Status.Lag);
    }

    private static PrimaryCondition Settled(ListenWorld world)
    {
        world.Pass(6);
        return world.Status.Condition;
    }
}
