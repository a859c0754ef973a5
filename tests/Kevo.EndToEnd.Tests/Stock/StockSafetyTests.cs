using System.Text.Json;
using Kevo.Relay.Stock;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>
/// Where listening itself could do harm or be wrong: a long way, a primary that comes back while its stream looks open,
/// a primary whose count says nothing.
/// </summary>
public sealed class StockSafetyTests
{
    [Fact]
    public async Task A_stock_primary_too_far_away_is_named_and_never_asked_for_a_stream()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        world.Replication.Delay = TimeSpan.FromMilliseconds(60);
        await world.FollowAsync("--ready-lag", "100ms");
        await world.UntilNamedAsync("primary-too-far", "too-far");
        await world.Replica.WaitForEventAsync(Events.RetryLater, Says("within 75 ms"));
        Assert.Equal(0, world.Primary.Run(model => model.StreamsOpened));
        world.Replication.Delay = TimeSpan.Zero;
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
    }

    [Fact]
    public async Task A_primary_that_lost_its_power_without_a_word_is_noticed_although_it_answers_again()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        world.Put("b", "1");
        await world.FollowAsync("--on-divergence", "stop");
        await world.UntilReadyAsync();

        // The stream looks open for the 45 s of the silence limit; the read service is that of the next life.
        world.Replication.LeaveHalfOpen();
        await world.Primary.RestartAsync(new StockRestart { LogSetAside = true });
        await world.Replica.WaitForEventAsync(Events.RetryLater, Says("does not list this node's stream"));
        Assert.Equal(["a=1", "b=1"], await world.ReplicaRowsAsync());
        world.Put("c", "1");
        Assert.Equal(Replica.ExitCode.HistoryLost, await world.Replica.WaitForEndAsync());
    }

    [Fact]
    public async Task A_primary_that_does_not_sync_is_named_and_never_shown_as_it_never_was()
    {
        await using StockWorld world =
            await StockWorld.StartAsync(new StockPrimaryOptions { SyncMode = StockSyncMode.None });
        await world.FollowAsync();
        await world.UntilReadyAsync();
        for (int i = 0; i < 200; i++)
        {
            string value = $"{i}";
            world.Put("single", value);
            if (i % 10 == 0)
            {
                world.Commit(("first", value), ("second", value));
            }

            List<string> rows = await world.ReplicaRowsAsync();
            Assert.Equal(Value(rows, "first"), Value(rows, "second"));
        }

        await world.Replica.WaitForEventAsync(Events.PrimaryDoesNotCount);
        await world.UntilEqualAsync();
        Assert.False(world.Primary.Run(model => model.IsFrozen));
    }

    private static string? Value(List<string> rows, string key) =>
        rows.Find(row => row.StartsWith($"{key}=", StringComparison.Ordinal))?[(key.Length + 1)..];

    private static Func<JsonElement, bool> Says(string words) =>
        record => record.GetProperty("message").GetString()!.Contains(words, StringComparison.Ordinal);
}
