using System.Text;
using System.Text.Json;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Relay.Stock;
using Kevo.Replica;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>What a stock primary sends, and cannot send, in each mode, over a bad line too.</summary>
public sealed class StockWireTests
{
    [Theory]
    [InlineData("clean")]
    [InlineData("delay")]
    [InlineData("throttle")]
    [InlineData("cut")]
    public async Task Listening_under_load_over_any_line_harms_nobody_and_ends_equal(string line)
    {
        var random = new Random(Seed.For(4001));
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("before", "1");
        world.Replication.Delay = line == "delay" ? TimeSpan.FromMilliseconds(20) : TimeSpan.Zero;
        world.Replication.BytesPerSecond = line == "throttle" ? 100_000 : null;
        await world.FollowAsync();
        await world.UntilReadyAsync();
        for (int i = 0; i < 2_000; i++)
        {
            if (random.Next(20) == 0)
            {
                world.Commit([.. Enumerable.Range(0, random.Next(2, 300)).Select(k => ($"t{k:D3}", $"{i}"))]);
            }
            else
            {
                world.Put($"k{random.Next(200)}", $"{i}");
            }

            if (line == "cut" && i % 400 == 399)
            {
                world.Replication.Cut();
                world.Client.Cut();
            }

            await Task.Yield();
        }

        world.Put("the end", "reached");
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
        Assert.False(world.Primary.Run(model => model.IsFrozen));
        Assert.Equal(0, world.Primary.Run(model => model.NegativeAcknowledgements));
    }

    [Theory]
    [InlineData("snappy", "true")]
    [InlineData("zstd", "false")]
    public async Task An_offer_that_would_silence_a_stock_primary_is_overruled_and_said(string codec, string supported)
    {
        await using StockWorld world = await StockWorld.StartAsync();
        await world.FollowAsync("--preferred-codec", codec, "--compression", supported,
            "--rotation-check-interval", "1h", "--snapshot-interval", "1h");
        await world.Replica.WaitForEventAsync(Events.OfferOverruled);
        await world.UntilStatusAsync(status =>
            status.GetProperty("replica").GetProperty("bootstrap").ValueKind == JsonValueKind.Null);
        world.Put("live", "1");
        await world.UntilEqualAsync();
    }

    [Theory]
    [InlineData("listen")]
    [InlineData("tick")]
    [InlineData("fill")]
    public async Task What_one_message_cannot_hold_comes_by_a_walk_or_is_named(string mode)
    {
        await using StockWorld world = await StockWorld.StartAsync(freezes: StockFreezeCycles.None);
        for (int i = 0; i < 5; i++)
        {
            string value = new((char)('a' + i), 3_900_000);
            world.Put($"large{i}", value);
        }

        await world.FollowAsync("--follow", mode);
        if (mode == "listen")
        {
            await world.UntilEqualAsync();
            return;
        }

        Assert.Equal(ExitCode.HistoryLost, await world.Replica.WaitForEndAsync());
        Assert.Contains("16 MiB", world.Replica.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tick")]
    [InlineData("fill")]
    public async Task A_transaction_beyond_the_message_cap_is_never_shown_in_part_and_ends_the_node(string mode)
    {
        await using StockWorld world = await StockWorld.StartAsync(freezes: StockFreezeCycles.None);
        world.Put("before", "1");
        world.Commit([.. Enumerable.Range(0, 10).Select(i => ($"straddling{i}", "1"))]);
        world.Commit([.. Enumerable.Range(0, 250).Select(i => ($"cut{i:D3}", "1"))]);
        world.Put("after", "1");
        await world.FollowAsync("--follow", mode, "--gap-timeout", "50ms", "--max-retries", "2");
        Assert.Equal(ExitCode.HistoryLost, await world.Replica.WaitForEndAsync());
        Assert.Contains("can never be received whole", world.Replica.Said, StringComparison.Ordinal);
        await using ReplicaRun scan = await ReplicaRun.ToEndAsync(["scan", "--data", world.Data]);
        Assert.Equal(11, scan.Out.Count);
        Assert.Equal(2ul, world.Primary.Run(model =>
            model.Sessions.Select(session => session.Acknowledged).DefaultIfEmpty(2ul).Min()));
    }

    [Fact]
    public async Task A_transaction_beyond_the_message_cap_is_seen_whole_or_not_at_all_by_a_listener()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("before", "1");
        await world.FollowAsync();
        await world.UntilReadyAsync();
        world.Commit([.. Enumerable.Range(0, 250).Select(i => ($"whole{i:D3}", "1"))]);
        world.Put("after", "1");
        await world.UntilAsync(
            async () =>
            {
                List<string> rows = await world.ReplicaRowsAsync();
                int seen = rows.Count(row => row.StartsWith("whole", StringComparison.Ordinal));
                Assert.True(seen is 0 or 250, $"{seen} operations of 250 were seen");
                return seen == 250;
            },
            () => "the transaction did not arrive");
        await world.UntilEqualAsync();
    }

    [Fact]
    public async Task A_hole_is_named_and_readers_keep_the_older_state_until_it_is_closed()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("before", "1");
        await world.FollowAsync("--snapshot-interval", "2s");
        await world.UntilReadyAsync();
        world.Commit(("hole", "1"), ("hole too", "1"));
        world.Put("behind", "1");
        await world.UntilUnreadyAsync("catching-up");
        Assert.Equal(["before=1"], await world.ReplicaRowsAsync());
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
        Assert.Equal(1, world.Primary.Run(model => model.Acknowledgements));
        Assert.Equal(0, world.Primary.Run(model => model.NegativeAcknowledgements));
    }

    [Theory]
    [InlineData("tick")]
    [InlineData("fill")]
    public async Task A_session_forgotten_by_the_primary_is_opened_anew_in_the_modes_that_ask(string mode)
    {
        await using StockWorld world = await StockWorld.StartAsync(freezes: StockFreezeCycles.None);
        world.Put("a", "1");
        await world.FollowAsync("--follow", mode, "--silence-limit", "2s");
        await world.UntilEqualAsync();
        world.Primary.Run(model => model.DropSession(model.Sessions[0]));
        world.Put("b", "1");
        world.Put("c", "1");
        await world.UntilEqualAsync();
        await world.UntilAsync(
            () => Task.FromResult(world.Primary.Run(model => model.Sessions.Count) == 1), () => "no new session");
    }

    [Theory]
    [InlineData("tick")]
    [InlineData("fill")]
    public async Task A_rotation_is_named_and_ends_the_modes_that_ask(string mode)
    {
        await using StockWorld world = await StockWorld.StartAsync(freezes: StockFreezeCycles.None);
        world.Put("a", "1");
        await world.FollowAsync("--follow", mode, "--silence-limit", "1s");
        await world.Replica.WaitForEventAsync(Events.ModeCanHarm);
        await world.UntilEqualAsync();
        world.Primary.Run(model => model.Rotate());
        world.Put("silent", "1");
        Assert.Equal(ExitCode.HistoryLost, await world.Replica.WaitForEndAsync());
        Assert.Contains("rotated", world.Replica.Said, StringComparison.Ordinal);
    }
}
