using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Tests.World;
using Kevo.Testing;

namespace Kevo.Replication.Tests.Follow;

public sealed class ReplicaListenTests
{
    [Fact]
    public void The_first_and_only_acknowledgement_silences_the_ticker_and_the_start_is_zero()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Run(() => world.Primary.Put("a", "1"));
        world.Run(() => world.Primary.Put("b", "2"));
        world.Pass(30);
        Assert.InRange(Assert.Single(world.Stream.Session.Acknowledged), 1ul << 62, (1ul << 62) + (1ul << 40));
        Assert.Empty(world.Stream.Session.NegativelyAcknowledged);
        Assert.Equal(0ul, Assert.Single(world.Stream.Requests).StartSequence);
        Assert.Equal(LogPosition.None, world.Replica.Positions.Acknowledged.Value);
        world.AssertSame();
    }

    [Fact]
    public void What_the_primary_held_before_comes_by_a_snapshot_with_the_primarys_number()
    {
        using ListenWorld world = new();
        world.Primary.Put("a", "1");
        world.Primary.Commit(("b", "2"), ("c", "3"));
        world.Start();
        world.AssertSame();
        Assert.Equal(new LogPosition(1, 2), world.Store.Visible);
        Assert.Equal((FollowMode.Listen, 0ul), (world.Status.Mode, world.Status.Lag));
        world.Run(() => world.Primary.Put("d", "4"));
        world.AssertSame();
        Assert.Equal(new LogPosition(1, 3), world.Store.Visible);
    }

    [Fact]
    public void A_transaction_is_a_hole_that_a_snapshot_closes_while_readers_keep_the_older_state()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Run(() => world.Primary.Put("a", "1"));
        world.Run(() =>
        {
            world.Primary.Commit(("a", "2"), ("b", "2"));
            world.Primary.Put("c", "3");
        });
        Assert.Equal(["a"], world.Visible().Keys);
        Assert.Equal(SnapshotReason.Hole, world.Status.PendingSnapshot);
        Assert.Null(world.Status.Lag);
        world.Pass(11);
        world.AssertSame();
        Assert.Equal(SnapshotReason.None, world.Status.PendingSnapshot);
        world.Run(() => world.Primary.Delete("b"));
        world.AssertSame();
        Assert.Empty(world.Failures);
    }

    [Fact]
    public void A_transaction_at_the_end_is_noticed_by_the_primarys_count()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Run(() => world.Primary.Put("a", "1"));
        world.Run(() => world.Primary.Commit(("b", "2")));
        world.Pass(25);
        world.AssertSame();
        Assert.Equal(0ul, world.Status.Lag);
    }

    [Fact]
    public void Writes_during_the_walk_are_part_of_the_repair_and_never_seen_in_between()
    {
        using ListenWorld world = new();
        for (int i = 0; i < 20; i++)
        {
            world.Primary.Put($"k{i:d2}", "old");
        }

        world.Primary.RowRead = row =>
        {
            if (row == 10)
            {
                world.Primary.Put("k00", "new");
                world.Primary.Put("k15", "first");
                world.Primary.Put("k15", "second");
                world.Primary.Delete("k16");
                world.Primary.Put("z", "late");
            }
        };
        world.Start();
        world.Advance(0.1);
        world.AssertSame();
        Assert.Equal(new LogPosition(1, 25), world.Store.Visible);
        Assert.Equal(1, world.Primary.Scans);
    }

    [Fact]
    public void A_transaction_during_the_walk_makes_it_worthless_and_another_is_taken_later()
    {
        using ListenWorld world = new();
        for (int i = 0; i < 20; i++)
        {
            world.Primary.Put($"k{i:d2}", "old");
        }

        world.Primary.RowRead = row =>
        {
            if (row == 10 && world.Primary.Scans == 1)
            {
                world.Primary.Commit(("k00", "torn"), ("k19", "torn"));
            }
        };
        world.Start();
        Assert.Empty(world.Visible());
        world.Pass(9);
        Assert.Equal(1, world.Primary.Scans);
        world.Pass(3);
        Assert.Equal(2, world.Primary.Scans);
        world.AssertSame();
    }

    [Fact]
    public void A_held_history_is_repaired_by_one_transaction_in_its_own_numbers()
    {
        using ListenWorld world = new(before: store =>
        {
            ListenWorld.Apply(store, 1, ("gone", "1"), ("same", "1"));
            ListenWorld.Apply(store, 2, ("other", "1"));
        });
        world.Primary.Last = 500;
        world.Primary.Put("same", "1");
        world.Primary.Put("other", "2");
        world.Primary.Put("new", "3");
        world.Start();
        world.AssertSame();
        Assert.Equal(new LogPosition(1, 3), world.Store.Visible);
        world.Run(() => world.Primary.Put("live", "4"));
        Assert.Equal(new LogPosition(1, 4), world.Store.Visible);
        world.AssertSame();
    }

    [Fact]
    public void More_differences_than_fit_replace_the_content_in_a_new_epoch()
    {
        using ListenWorld world = new(
            new SnapshotOptions { RepairBytesMax = 2000 },
            store => ListenWorld
                .Apply(store, 1, ("k005", "same"), ("k006x", "gone"), ("k090", "same"), ("zz", "gone")));
        for (int i = 0; i < 100; i++)
        {
            world.Primary.Put($"k{i:d3}", i is 5 or 90 ? "same" : $"value {i}");
        }

        world.Start();
        world.AssertSame();
        Assert.Equal(new LogPosition(2, 100), world.Store.Visible);
        world.Run(() => world.Primary.Put("live", "1"));
        Assert.Equal(new LogPosition(2, 101), world.Store.Visible);
        world.AssertSame();
    }

    [Fact]
    public void Bootstrap_always_replaces_the_content_once()
    {
        using ListenWorld world = new(
            new SnapshotOptions { Bootstrap = BootstrapRule.Always }, store => ListenWorld.Apply(store, 1, ("a", "1")));
        world.Primary.Put("a", "1");
        world.Start();
        Assert.Equal(2ul, world.Store.Visible.Epoch);
        world.Run(() => world.Stream.Session.Fail(new ConnectionException("cut")));
        world.Pass(15);
        Assert.Equal(2, world.Stream.Sessions.Count);
        Assert.Equal(2ul, world.Store.Visible.Epoch);
        world.AssertSame();
    }

    [Fact]
    public void Bootstrap_never_stops_instead_of_taking_a_snapshot()
    {
        using ListenWorld world = new(new SnapshotOptions { Bootstrap = BootstrapRule.Never });
        world.Start();
        Assert.Throws<RetentionException>(() => world.Replica.Completion.GetAwaiter().GetResult());
        Assert.Equal(0, world.Primary.Scans);
    }

    [Fact]
    public void After_a_lost_stream_a_snapshot_brings_what_was_missed()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Run(() => world.Primary.Put("a", "1"));
        world.Run(() => world.Stream.Session.Fail(new ConnectionException("cut")));
        world.Primary.Put("b", "2");
        world.Primary.Commit(("c", "3"), ("a", "9"));
        Assert.Null(world.Status.Lag);
        world.Pass(15);
        world.AssertSame();
    }

    [Theory]
    [InlineData(DivergenceRule.Stop)]
    [InlineData(DivergenceRule.Resync)]
    public void A_primary_behind_us_is_divergence_and_the_rule_decides(DivergenceRule rule)
    {
        using ListenWorld world = new ListenWorld(new SnapshotOptions { OnDivergence = rule }).Start();
        for (int i = 0; i < 10; i++)
        {
            world.Run(() => world.Primary.Put($"k{i}", "1"));
        }

        world.Run(() => world.Stream.Session.Fail(new ConnectionException("cut")));
        world.Primary.Recreate();
        world.Primary.Put("other", "1");
        world.Pass(30);
        if (rule == DivergenceRule.Stop)
        {
            Assert.Throws<DivergenceException>(() => world.Replica.Completion.GetAwaiter().GetResult());
            Assert.Equal(10, world.Visible().Count);
        }
        else
        {
            Assert.Equal(ErrorKind.Divergence, world.Failures[^1].Kind);
            world.AssertSame();
            Assert.Equal(2ul, world.Store.Visible.Epoch);
        }
    }

    [Theory]
    [InlineData(RotationRule.Snapshot)]
    [InlineData(RotationRule.Wait)]
    public void A_rotated_primary_is_noticed_by_a_walk_after_silence_and_the_rule_decides(RotationRule rule)
    {
        using ListenWorld world = new ListenWorld(new SnapshotOptions { OnRotation = rule }).Start();
        world.Run(() => world.Primary.Put("a", "1"));
        world.Primary.Rotated = true;
        world.Primary.Reported = world.Primary.Last;
        world.Primary.Put("a", "2");
        world.Primary.Put("b", "1");
        world.Pass(45);
        Assert.Equal(PrimaryCondition.Rotated, world.Status.Condition);
        Assert.Null(world.Status.Lag);
        if (rule == RotationRule.Snapshot)
        {
            world.AssertSame();
            world.Primary.Put("c", "1");
            world.Pass(45);
            world.AssertSame();
            Assert.Equal(PrimaryCondition.Rotated, world.Status.Condition);
        }
        else
        {
            int scans = world.Primary.Scans;
            world.Pass(60);
            Assert.Equal(scans, world.Primary.Scans);
            Assert.Equal("1", world.Visible()["a"]);
        }

        // A restart brings replication back, with numbers that mean nothing any more.
        world.Primary.Rotated = false;
        world.Primary.Reported = null;
        world.Primary.Last = 0;
        world.Run(() => world.Stream.Session.Fail(new ConnectionException("restarted")));
        world.Pass(15);
        world.Run(() => world.Primary.Put("after", "1"));
        world.Pass(15);
        world.AssertSame();
        Assert.Equal(PrimaryCondition.Live, world.Status.Condition);
    }

    [Fact]
    public void An_idle_primary_is_walked_again_and_again_and_counts_as_level()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Run(() => world.Primary.Put("a", "1"));
        int before = world.Primary.Scans;
        world.Pass(600);
        Assert.InRange(world.Primary.Scans - before, 20, 30);
        Assert.Equal(PrimaryCondition.Live, world.Status.Condition);
        Assert.Equal(0ul, world.Status.Lag);
    }

    [Fact]
    public void A_frozen_primary_is_named_within_thirty_seconds_and_lag_is_unknown()
    {
        using ListenWorld world = new ListenWorld().Start();
        world.Run(() => world.Primary.Put("a", "1"));
        world.Pass(11);
        Assert.Equal((PrimaryCondition.Live, 0ul), (world.Status.Condition, world.Status.Lag));
        world.Primary.ReadFault = new ConnectionException("no answer", new OperationCanceledException());
        world.Pass(20);
        Assert.Equal(PrimaryCondition.NotAnswering, world.Status.Condition);
        Assert.Null(world.Status.Lag);
        world.Primary.ReadFault = null;
        world.Pass(20);
        Assert.Equal(PrimaryCondition.Live, world.Status.Condition);
    }

    [Theory]
    [InlineData(1L << 30)]
    [InlineData(0L)]
    public void Live_writes_parked_beyond_memory_wait_on_disk_and_never_hold_the_primary_back(long disk)
    {
        using ListenWorld world = new ListenWorld(
            options: new ReplicaOptions { ReceiveQueueBytes = 64 << 10, SpillBytesMax = disk }).Start();
        world.Run(() => world.Primary.Put("a", "1"));
        world.Run(() => world.Primary.Commit(("b", "1")));
        for (int i = 0; i < 2000; i++)
        {
            world.Run(() => world.Primary.Put($"k{i % 100}", $"{i}"));
            Assert.Equal(0, world.Stream.Session.Unread);
        }

        Assert.Equal(disk == 0, world.Status.Counters.DroppedMessages > 0);
        world.Pass(20);
        if (disk > 0)
        {
            world.AssertSame();
            Assert.Equal(2, world.Primary.Scans);
        }

        world.Pass(70);
        world.AssertSame();
        Assert.Empty(world.Failures);
    }

    [Fact]
    public void A_walk_that_is_cut_is_begun_anew()
    {
        using ListenWorld world = new();
        for (int i = 0; i < 20; i++)
        {
            world.Primary.Put($"k{i:d2}", "1");
        }

        world.Primary.RowRead = row =>
            world.Primary.ReadFault = row == 10 && world.Primary.Scans == 1 ? new ConnectionException("cut") : null;
        world.Start();
        Assert.Empty(world.Visible());
        world.Primary.ReadFault = null;
        world.Pass(20);
        world.AssertSame();
    }

    [Fact]
    public void Without_a_read_service_a_stock_primary_is_refused()
    {
        using ReplicaWorld world = new ReplicaWorld(primary: new ScriptedPrimary { Relay = null }).Start();
        Assert.Throws<ConfigurationException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_mixture_of_writes_transactions_cuts_and_silence_ends_equal(int fixedSeed)
    {
        int seed = Seed.For(fixedSeed);
        Random random = new(seed);
        using ListenWorld world =
            new ListenWorld(new SnapshotOptions { RepairBytesMax = random.Next(500, 5000) }).Start();
        for (int step = 0; step < 300; step++)
        {
            switch (random.Next(20))
            {
                case 0:
                    world.Run(() => world.Primary.Commit(
                        ($"k{random.Next(30)}", $"{step}"), ($"t{random.Next(30)}", $"{step}")));
                    break;
                case 1 when world.Stream.Sessions.Count > 0:
                    world.Run(() => world.Stream.Session.Fail(new ConnectionException("cut")));
                    break;
                case 2:
                    world.Pass(random.Next(1, 20));
                    break;
                case 3:
                    world.Run(() => world.Primary.Delete($"k{random.Next(30)}"));
                    break;
                default:
                    world.Run(() => world.Primary.Put($"k{random.Next(30)}", $"{step}"));
                    break;
            }

            Assert.True(
                !world.Replica.Completion.IsCompleted,
                    $"seed {seed}, step {step}: {world.Replica.Completion.Exception}");
        }

        world.Primary.RowRead = null;
        world.Pass(60);
        world.AssertSame();
    }
}
