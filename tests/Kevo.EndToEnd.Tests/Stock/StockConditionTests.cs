using System.Text.Json;
using Kevo.Relay.Stock;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>
/// What a stock primary or the way to it may come to, with the real executable: each is named, bridged, and over when
/// its cause is.
/// </summary>
public sealed class StockConditionTests
{
    [Theory]
    [InlineData("snapshot")]
    [InlineData("wait")]
    public async Task A_rotated_primary_is_named_and_the_rule_decides_what_readers_see(string rule)
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("before", "1");
        await world.FollowAsync("--on-rotation", rule);
        await world.UntilReadyAsync();
        world.Primary.Run(model => model.Rotate());
        world.Put("silent", "1");
        await world.UntilNamedAsync("primary-rotated", "rotated");
        await world.Replica.WaitForEventAsync(Events.ConditionChanged, Says("Rotated"));
        if (rule == "snapshot")
        {
            await world.UntilEqualAsync();
            world.Delete("before");
            await world.UntilEqualAsync();
            await world.UntilNamedAsync("primary-rotated", "rotated");
        }
        else
        {
            Assert.Equal(["before=1"], await world.ReplicaRowsAsync());
        }

        await world.Primary.RestartAsync();
        world.Put("after", "1");
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
    }

    [Fact]
    public async Task A_frozen_primary_is_named_and_followed_again_when_it_was_restarted()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        await world.FollowAsync();
        await world.UntilReadyAsync();
        world.Primary.Run(model => model.Freeze(StockFreezeCycles.TickMeetsWriters));
        await world.UntilNamedAsync("primary-not-answering", "not-answering");
        await world.Replica.WaitForEventAsync(Events.ConditionChanged, Says("NotAnswering"));
        Assert.Equal(["a=1"], await world.ReplicaRowsAsync());
        await world.Primary.RestartAsync();
        world.Put("b", "1");
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
    }

    [Fact]
    public async Task A_primary_that_stops_in_good_order_is_named_and_left_so_that_it_can()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        await world.FollowAsync("--ready-lag", "100ms");
        await world.UntilReadyAsync();
        Task stopped = world.Primary.BeginGracefulStop();
        await stopped.WaitAsync(Processes.ReplicaRun.Patience);
        await world.Replica.WaitForEventAsync(Events.ConditionChanged, Says("Stopping"));
        await world.UntilStatusAsync(status => !status.GetProperty("readiness").GetProperty("ready").GetBoolean());
        Assert.Equal(["a=1"], await world.ReplicaRowsAsync());
        await world.Primary.RestartAsync();
        world.Put("b", "1");
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
    }

    [Fact]
    public async Task A_primary_that_is_gone_is_named_and_what_it_wrote_meanwhile_is_caught_up()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        await world.FollowAsync("--ready-lag", "100ms");
        await world.UntilReadyAsync();
        await world.Primary.KillAsync();
        await world.UntilNamedAsync("primary-unreachable", "unreachable");
        world.Put("b", "1");
        world.Commit(("c", "1"), ("d", "1"));
        await using var again = await Relay.StockServer.StockPrimaryHost.StartAsync(
            world.Primary.Run(model => model), new Relay.StockServer.StockPrimaryHostOptions(), TimeProvider.System);

        // It comes back at another address, as behind a name that now means another machine.
        world.Replication.Target = again.ReplicationAddress;
        world.Client.Target = again.ClientAddress;
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
    }

    [Fact]
    public async Task A_link_that_swallows_everything_is_named_and_left_when_it_heals()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        await world.FollowAsync("--silence-limit", "2s");
        await world.UntilReadyAsync();
        world.Replication.Swallow();
        world.Client.Swallow();
        await world.UntilNamedAsync("primary-not-answering", "not-answering");
        world.Put("b", "1");
        world.Replication.Heal();
        world.Client.Heal();
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
    }

    [Fact]
    public async Task A_stream_that_is_half_open_is_noticed_by_its_silence_and_what_it_lost_is_brought()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        await world.FollowAsync(
            "--silence-limit", "2s", "--primary-check-interval", "1h", "--rotation-check-interval", "1h");
        await world.UntilStatusAsync(status => status.GetProperty("visible").GetString() == "1:1");
        await UntilSessionsAsync(world, 1);
        world.Replication.LeaveHalfOpen();
        await UntilSessionsAsync(world, 0);
        world.Put("b", "1");
        await world.UntilEqualAsync();
        await world.Replica.WaitForEventAsync(Events.RetryLater, Says("has sent nothing"));
        await UntilSessionsAsync(world, 1);
        world.Put("c", "1");
        await world.UntilEqualAsync();
    }

    [Fact]
    public async Task A_session_that_the_primary_forgot_is_opened_anew_and_nothing_is_missing()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        await world.FollowAsync("--silence-limit", "2s");
        await world.UntilReadyAsync();
        await UntilSessionsAsync(world, 1);
        world.Primary.Run(model => model.DropSession(model.Sessions[0]));
        world.Put("b", "1");
        world.Put("c", "1");
        await world.UntilEqualAsync();
        await UntilSessionsAsync(world, 1);
        world.Put("d", "1");
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
    }

    private static Task UntilSessionsAsync(StockWorld world, int count) => world.UntilAsync(
        () => Task.FromResult(world.Primary.Run(model => model.Sessions.Count) == count),
        () => $"{count} sessions were expected");

    private static Func<JsonElement, bool> Says(string words) =>
        record => record.GetProperty("message").GetString()!.Contains(words, StringComparison.Ordinal);
}
