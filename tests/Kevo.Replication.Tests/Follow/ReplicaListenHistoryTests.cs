using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Tests.World;
using Kevo.Storage.Store;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Tests.Follow;

/// <summary>
/// A stock primary that stops, restarts, loses history or goes back, as one sees it who only listens.
/// </summary>
public sealed class ReplicaListenHistoryTests
{
    [Fact]
    public void A_restarted_primary_with_the_same_content_is_gone_on_with()
    {
        using ListenWorld world = Following();
        Reconnect(world, () => world.Primary.Restart());
        Assert.Equal(PrimaryCondition.Live, world.Status.Condition);
        world.Run(() => world.Primary.Put("next", "1"));
        world.Pass(15);
        world.AssertSame();
        Assert.Equal(1ul, world.Store.Visible.Epoch);
    }

    [Fact]
    public void Before_the_first_write_of_a_restarted_primary_nothing_that_differs_is_taken_over()
    {
        using ListenWorld world = Following();
        Reconnect(world, () =>
        {
            world.Primary.Commit(("missed", "1"));
            world.Primary.Restart();
        });
        Assert.Equal(PrimaryCondition.Restarted, world.Status.Condition);
        Assert.Null(world.Status.Lag);
        Assert.DoesNotContain("missed", world.Visible().Keys);
        int scans = world.Primary.Scans;
        world.Pass(60);
        Assert.Equal(scans, world.Primary.Scans);
        world.Run(() => world.Primary.Put("next", "1"));
        world.Pass(15);
        world.AssertSame();
        Assert.Equal(PrimaryCondition.Live, world.Status.Condition);
    }

    [Theory]
    [InlineData(DivergenceRule.Stop)]
    [InlineData(DivergenceRule.Resync)]
    public void A_recreated_primary_does_not_empty_this_node_before_its_first_write_shows_what_it_is(
        DivergenceRule rule)
    {
        using ListenWorld world = Following(rule);
        Reconnect(world, () =>
        {
            world.Primary.Recreate();
            world.Primary.Restart();
        });
        Assert.Equal(10, world.Visible().Count);
        world.Run(() => world.Primary.Put("other", "1"));
        world.Pass(30);
        AssertDiverged(world, rule);
    }

    [Theory]
    [InlineData(DivergenceRule.Stop)]
    [InlineData(DivergenceRule.Resync)]
    public void A_number_used_again_by_the_first_write_after_a_crash_is_divergence(DivergenceRule rule)
    {
        using ListenWorld world = Following(rule);
        Reconnect(world, () =>
        {
            // The last write was sent, but had not reached the disk.
            world.Primary.Content.Remove("k9"u8.ToArray());
            world.Primary.Restart(lost: 1);
        });
        Assert.Contains("k9", world.Visible().Keys);
        world.Run(() => world.Primary.Put("instead", "1"));
        world.Pass(30);
        AssertDiverged(world, rule);
    }

    [Fact]
    public void A_number_used_again_by_a_transaction_after_a_crash_is_divergence()
    {
        using ListenWorld world = Following();
        Reconnect(world, () => world.Primary.Restart(lost: 1));
        world.Run(() => world.Primary.Commit(("instead", "1")));
        world.Pass(30);
        AssertDiverged(world, DivergenceRule.Stop);
    }

    [Theory]
    [InlineData(DivergenceRule.Stop)]
    [InlineData(DivergenceRule.Resync)]
    public void A_primary_that_shows_older_values_after_rotation_and_restart_is_divergence(DivergenceRule rule)
    {
        using ListenWorld world = Following(rule);
        world.Primary.Rotated = true;
        world.Primary.Reported = world.Primary.Last;
        world.Primary.Put("k3", "newer");
        world.Pass(45);
        Assert.Equal("newer", world.Visible()["k3"]);
        Reconnect(world, () =>
        {
            world.Primary.Rotated = false;
            world.Primary.Content["k3"u8.ToArray()] = "1"u8.ToArray();
            world.Primary.Restart();
        });
        AssertDiverged(world, rule, "newer");
    }

    [Fact]
    public void A_rotated_primary_whose_stream_was_only_cut_is_still_known_to_be_rotated()
    {
        using ListenWorld world = Following();
        world.Primary.Rotated = true;
        world.Primary.Reported = world.Primary.Last;
        world.Primary.Put("k3", "newer");
        world.Pass(45);
        Reconnect(world, () => world.Primary.Put("k3", "1"));
        Assert.Equal(PrimaryCondition.Rotated, world.Status.Condition);
        Assert.Null(world.Status.Lag);
        world.AssertSame();
    }

    [Fact]
    public void What_number_the_content_stands_for_survives_a_restart_of_this_node()
    {
        ulong mark;
        using (ListenWorld world = Following())
        {
            world.Pass(15);
            mark = world.Mark.Read();
        }

        Assert.Equal(10ul, mark);
        using ListenWorld again = new(before: Content, mark: mark);
        again.Primary.Put("other", "1");
        again.Start();
        AssertDiverged(again, DivergenceRule.Stop);
    }

    [Fact]
    public void A_damaged_mark_stops_the_node_and_is_named()
    {
        using ListenWorld world = new(before: Content, mark: 10);
        File.WriteAllText(world.MarkPath, "primary ten\n");
        world.Start();
        StorageException error =
            Assert.Throws<StorageException>(() => world.Replica.Completion.GetAwaiter().GetResult());
        Assert.Contains("primary.mark", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_primary_that_stops_in_good_order_is_left_so_that_it_can()
    {
        using ListenWorld world = Following();
        world.Primary.ReadFault = new ConnectionException("no answer", new OperationCanceledException());
        world.Stream.Refuses = true;
        world.Pass(10);
        Assert.True(world.Stream.Session.IsDisposed);
        Assert.Equal(PrimaryCondition.Stopping, world.Status.Condition);
        Assert.Null(world.Status.Lag);
        world.Primary.ReadFault = null;
        world.Stream.Refuses = false;
        world.Pass(90);
        Assert.Equal(PrimaryCondition.Live, world.Status.Condition);
        world.AssertSame();
    }

    [Fact]
    public void A_frozen_primary_takes_connections_and_is_not_mistaken_for_one_that_stops()
    {
        using ListenWorld world = Following();
        world.Primary.ReadFault = new ConnectionException("no answer", new OperationCanceledException());
        world.Pass(10);
        Assert.False(world.Stream.Session.IsDisposed);
        Assert.Equal(PrimaryCondition.NotAnswering, world.Status.Condition);
    }

    [Theory]
    [InlineData(CompressionCodec.Snappy, true)]
    [InlineData(CompressionCodec.Zstd, false)]
    public void An_offer_that_would_silence_a_stock_primary_is_not_made_to_it(CompressionCodec codec, bool supported)
    {
        using ListenWorld world = new ListenWorld(options: new ReplicaOptions
        {
            PreferredCodec = codec, CompressionSupported = supported,
        }).Start();
        Assert.Equal((CompressionCodec.Zstd, true),
            (world.Stream.Requests[^1].PreferredCodec, world.Stream.Requests[^1].CompressionSupported));
        world.Run(() => world.Primary.Put("a", "1"));
        world.AssertSame();
        Reconnect(world, () => { });
        Assert.Equal(3, world.Stream.Requests.Count);
    }

    private static ListenWorld Following(DivergenceRule rule = DivergenceRule.Stop)
    {
        ListenWorld world = new ListenWorld(new SnapshotOptions { OnDivergence = rule }).Start();
        for (int i = 0; i < 10; i++)
        {
            world.Run(() => world.Primary.Put($"k{i}", "1"));
        }

        return world;
    }

    private static void Content(ReplicaStore store) =>
        ListenWorld.Apply(store, 1, [.. Enumerable.Range(0, 10).Select(i => ($"k{i}", "1"))]);

    private static void Reconnect(ListenWorld world, Action meanwhile)
    {
        world.Run(() => world.Stream.Session.Fail(new ConnectionException("cut")));
        meanwhile();
        world.Pass(20);
    }

    private static void AssertDiverged(ListenWorld world, DivergenceRule rule, string? kept = null)
    {
        if (rule == DivergenceRule.Stop)
        {
            Assert.Throws<DivergenceException>(() => world.Replica.Completion.GetAwaiter().GetResult());
            Assert.Equal(10, world.Visible().Count);
            Assert.Equal(kept ?? "1", world.Visible()["k3"]);
            return;
        }

        world.Pass(30);
        Assert.Equal(ErrorKind.Divergence, world.Failures[^1].Kind);
        world.AssertSame();
        Assert.Equal(2ul, world.Store.Visible.Epoch);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(world.DataPath, "set-aside", "1")));
    }
}
