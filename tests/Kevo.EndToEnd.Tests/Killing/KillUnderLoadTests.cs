using System.Globalization;
using Kevo.Replica.Demo;
using Kevo.Testing;
using Kevo.Testing.Proof;

namespace Kevo.EndToEnd.Tests.Killing;

/// <summary>
/// The real process, killed by SIGKILL while it recovers, bootstraps, follows, flushes, merges, serves reads and
/// promotes: readers never go back, nothing acknowledged is lost, both sides are equal in the end.
/// <c>KEVO_KILL_CYCLES</c> sets the number of kills (default 200; the long proof takes 10,000).
/// </summary>
public sealed class KillUnderLoadTests
{
    private static readonly int Cycles =
        int.TryParse(Environment.GetEnvironmentVariable("KEVO_KILL_CYCLES"), CultureInfo.InvariantCulture, out int n)
            ? n
            : 200;

    [Fact]
    public async Task Kills_at_any_moment_lose_nothing_and_no_reader_goes_back()
    {
        using var directory = new TemporaryDirectory();
        CancellationToken stop = TestContext.Current.CancellationToken;
        int seed = Seed.For(1201);
        await using RelayDemoPrimary first = await RelayDemoPrimary.StartAsync(
            directory.Combine("first/primary"), TimeProvider.System, stop);
        await using RelayDemoPrimary second = await RelayDemoPrimary.StartAsync(
            directory.Combine("second/primary"), TimeProvider.System, stop);
        await using StockDemoPrimary stock = await StockDemoPrimary.StartAsync(TimeProvider.System, stop);
        KillLane[] lanes =
        [
            new(first, directory.Combine("first"), seed, [.. first.ReplicaFlags]),
            new(second, directory.Combine("second"), seed + 1, [.. second.ReplicaFlags]),
            new(stock, directory.Combine("stock"), seed + 2, [.. stock.ReplicaFlags.SkipLast(2),
                "--bootstrap", "always", "--snapshot-interval", "10ms"]) { BeginsEpochs = true },
        ];
        int stockCycles = Cycles / 5;
        int relayCycles = (Cycles - stockCycles + 1) / 2;
        await Task.WhenAll(
            lanes[0].RunAsync(relayCycles), lanes[1].RunAsync(relayCycles), lanes[2].RunAsync(stockCycles));
        ProofLine.Write(
            "kill -9",
            ("kills under load", lanes.Sum(static lane => lane.Kills)),
            ("kills of promote", lanes.Sum(static lane => lane.Promotions)),
            ("answers to readers compared", lanes.Sum(static lane => lane.Reads)));
    }
}
