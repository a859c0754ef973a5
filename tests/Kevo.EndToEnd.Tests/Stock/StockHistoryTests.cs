using System.Text.Json;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Relay.Stock;
using Kevo.Replica;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>Beginning with a stock primary, and what is done when its history is not the one held.</summary>
public sealed class StockHistoryTests
{
    [Theory]
    [InlineData("behind", "stop")]
    [InlineData("behind", "resync")]
    [InlineData("reused numbers", "stop")]
    [InlineData("reused numbers", "resync")]
    [InlineData("restored", "stop")]
    [InlineData("restored", "resync")]
    [InlineData("recreated", "stop")]
    [InlineData("recreated", "resync")]
    [InlineData("back in time", "stop")]
    [InlineData("back in time", "resync")]
    public async Task A_history_that_is_not_the_one_held_is_named_and_the_rule_decides(string how, string rule)
    {
        await using StockWorld world = await StockWorld.StartAsync();
        for (int i = 0; i < 10; i++)
        {
            world.Put($"k{i}", "1");
        }

        await world.FollowAsync("--on-divergence", rule);
        await world.UntilReadyAsync();
        for (int i = 0; i < 5; i++)
        {
            world.Put($"k{i}", "2");
        }

        await world.UntilEqualAsync();
        if (how == "back in time")
        {
            world.Primary.Run(model => model.Rotate());
            world.Put("k7", "newer");
            await world.UntilEqualAsync();
        }

        List<string> held = await world.ReplicaRowsAsync();
        await world.Primary.RestartAsync(how switch
        {
            "behind" => new StockRestart { LostEntries = 4 },
            "restored" => new StockRestart { LostEntries = 12 },
            "reused numbers" => new StockRestart { LostEntries = 1 },
            "recreated" => new StockRestart { LogSetAside = true },
            _ => null,
        });
        if (how == "restored")
        {
            // A backup is of an earlier day, and clients have gone on with it.
            for (int i = 0; i < 4; i++)
            {
                world.Put($"of the backup {i}", "3");
            }
        }
        else if (how == "reused numbers")
        {
            // By its number alone the first write after a crash is told from one that goes on, so it must be seen.
            await world.UntilNamedAsync("primary-restarted", "restarted");
        }

        world.Put("first after", "1");
        if (rule == "stop")
        {
            Assert.Equal(ExitCode.HistoryLost, await world.Replica.WaitForEndAsync());
            Assert.Contains(world.Replica.Error, line => line.StartsWith("kevo-replica: ", StringComparison.Ordinal));
            await using ReplicaRun scan = await ReplicaRun.ToEndAsync(["scan", "--data", world.Data]);
            Assert.Equal(held, scan.Out.Select(row => row.Replace(' ', '=')));
            return;
        }

        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
        await world.UntilStatusAsync(status =>
            status.GetProperty("replica").GetProperty("counters").GetProperty("divergences").GetInt64() == 1
            && status.GetProperty("visible").ToString().StartsWith("2:", StringComparison.Ordinal));
        await using ReplicaRun aside =
            await ReplicaRun.ToEndAsync(["wal", "dump", Path.Combine(world.Data, "set-aside", "1")]);
        Assert.Contains(aside.Out, line => line.Contains("k4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("always")]
    public async Task A_node_that_was_stopped_begins_as_the_bootstrap_rule_says(string rule)
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        world.Commit(("b", "1"), ("c", "1"));
        await world.FollowAsync("--bootstrap", rule);
        await world.UntilReadyAsync();
        await world.UntilEqualAsync();
        string before = await VisibleAsync(world);
        Assert.Equal(ExitCode.Ok, await world.Replica.StopAsync());
        world.Commit(("c", "2"), ("d", "2"));
        world.Delete("a");
        await world.FollowAsync("--bootstrap", rule);
        await world.UntilReadyAsync();
        await world.UntilEqualAsync();
        string after = await VisibleAsync(world);
        Assert.Equal(rule == "always", after[0] != before[0]);
    }

    [Fact]
    public async Task Bootstrap_never_ends_with_code_5_and_says_why()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("a", "1");
        await world.FollowAsync("--bootstrap", "never");
        Assert.Equal(ExitCode.HistoryLost, await world.Replica.WaitForEndAsync());
        Assert.Contains("switched off", world.Replica.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_snapshot_that_is_killed_in_the_middle_leaves_the_old_content_and_is_begun_anew()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        world.Put("old", "1");
        await world.FollowAsync();
        await world.UntilReadyAsync();
        Assert.Equal(ExitCode.Ok, await world.Replica.StopAsync());
        string value = new('v', 80);
        world.Primary.Run(model =>
        {
            for (int i = 0; i < 20_000; i++)
            {
                model.Put(System.Text.Encoding.UTF8.GetBytes($"key{i:D6}"), System.Text.Encoding.UTF8.GetBytes(value));
            }
        });
        for (int kill = 0; kill < 2; kill++)
        {
            world.Client.BytesPerSecond = 400_000;
            await world.FollowAsync("--bootstrap", kill == 0 ? "auto" : "always");
            await world.UntilStatusAsync(status =>
                status.GetProperty("replica").GetProperty("bootstrap") is { ValueKind: JsonValueKind.Object } snapshot
                && snapshot.GetProperty("keys").GetInt64() > 0
                && snapshot.GetProperty("keysPerSecond").GetDouble() > 0);
            Assert.Equal(["old=1"], await world.ReplicaRowsAsync());
            await world.Replica.KillAsync();
        }

        world.Client.BytesPerSecond = null;
        await world.FollowAsync("--bootstrap", "always");
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
        FileInfo[] tables = new DirectoryInfo(Path.Combine(world.Data, "tables")).GetFiles();
        Assert.True(tables.Sum(file => file.Length) < 6 << 20, "tables of a killed snapshot are left over");
    }

    [Fact]
    public async Task A_walk_that_the_primary_cuts_is_begun_anew()
    {
        await using StockWorld world = await StockWorld.StartAsync(new StockPrimaryOptions { ScanRowsBeforeCut = 2 });
        world.Put("a", "1");
        world.Put("b", "1");
        await world.FollowAsync();
        await world.UntilReadyAsync();
        world.Put("c", "1");
        world.Commit(("d", "1"), ("e", "1"));
        await world.Replica.WaitForEventAsync(
            Events.RetryLater, record => record.ToString().Contains("max age", StringComparison.Ordinal));
        List<string> rows = await world.ReplicaRowsAsync();
        Assert.DoesNotContain(rows, row => row.StartsWith('d') || row.StartsWith('e'));
        world.Delete("a");
        world.Delete("c");
        world.Delete("d");
        await world.UntilEqualAsync();
    }

    private static async Task<string> VisibleAsync(StockWorld world) =>
        (await world.UntilStatusAsync(_ => true)).GetProperty("visible").GetString()!;
}
