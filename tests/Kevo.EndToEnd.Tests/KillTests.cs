using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica.Demo;
using Kevo.Replica.Node;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>
/// The real process, killed by SIGKILL at random moments while its primary writes: nothing is lost, doubled, reordered
/// or torn, and nothing was acknowledged that is not on disk.
/// </summary>
public sealed class KillTests(ITestOutputHelper output)
{
    [Fact]
    public async Task Forty_kills_under_load_against_a_relay_lose_nothing()
    {
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        await KillRepeatedlyAsync(
            primary, directory.Combine("replica"), kills: 40, transactions: 6_000, Seed.For(1001), "--segment-size",
                "1MiB");
    }

    [Fact]
    public async Task Twenty_kills_under_load_against_a_stock_primary_lose_nothing()
    {
        using var directory = new TemporaryDirectory();
        await using StockDemoPrimary primary = await StockDemoPrimary.StartAsync(
            TimeProvider.System, TestContext.Current.CancellationToken);
        await KillRepeatedlyAsync(
            primary, directory.Combine("replica"), kills: 20, transactions: 60, Seed.For(1002), "--segment-size",
                "64KiB");
    }

    private async Task KillRepeatedlyAsync(
        IDemoPrimary primary, string data, int kills, int transactions, int seed, params string[] flags)
    {
        string[] words = [.. RunWords.Follow(primary, data, flags)];
        var random = new Random(seed);
        var workload = new DemoWorkload(seed, primary.LargestValue);
        ulong held = 0;
        for (int kill = 0; kill < kills; kill++)
        {
            await using ReplicaRun run = ReplicaRun.Start(words);

            // Every third time the kill may come at any moment of start and recovery, else it comes while following.
            bool early = random.Next(3) == 0;
            if (!early)
            {
                await run.WaitForEventAsync(NodeLog.StartedEvent);
            }

            ulong acknowledged = Load(primary, workload, random.Next(1, transactions));
            if (!early)
            {
                acknowledged = Math.Max(acknowledged, await AcknowledgedBeyondAsync(primary, workload, held, run));
            }

            await run.KillAsync();
            acknowledged = Math.Max(acknowledged, primary.Acknowledged);
            ulong durable = ReadDurable(data);
            Assert.True(
                durable >= acknowledged, $"kill {kill}, seed {seed}: {acknowledged} acknowledged, {durable} on disk");
            Assert.True(durable >= held, $"kill {kill}, seed {seed}: {held} was on disk, now {durable}");
            held = durable;
        }

        await FinishAsync(primary, data, words, seed);
        output.WriteLine($"{kills} kills, {primary.LastSequence} sequences, seed {seed}");
    }

    // Writes, and returns the highest acknowledgement seen meanwhile.
    private static ulong Load(IDemoPrimary primary, DemoWorkload workload, int transactions)
    {
        ulong acknowledged = 0;
        for (int count = 0; count < transactions; count++)
        {
            primary.Write(workload.Next());
            if (count % 50 == 49)
            {
                primary.Flush();
                acknowledged = Math.Max(acknowledged, primary.Acknowledged);
            }
        }

        primary.Flush();
        return acknowledged;
    }

    // Goes on writing a little until the replica has acknowledged something new, so that every kill hits a live stream.
    private static async Task<ulong> AcknowledgedBeyondAsync(
        IDemoPrimary primary, DemoWorkload workload, ulong held, ReplicaRun run)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (primary.Acknowledged <= held)
        {
            Assert.False(limit.IsCancellationRequested, $"nothing beyond {held} is acknowledged:\n{run.Said}");
            primary.Write(workload.Next());
            primary.Flush();
            await beat.WaitForNextTickAsync(CancellationToken.None);
        }

        return primary.Acknowledged;
    }

    private static async Task FinishAsync(IDemoPrimary primary, string data, string[] words, int seed)
    {
        await using ReplicaRun last = ReplicaRun.Start(words);
        await last.WaitForEventAsync(NodeLog.StartedEvent);
        using (var limit = new CancellationTokenSource(ReplicaRun.Patience))
        using (var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(20)))
        {
            while (primary.Acknowledged < primary.LastSequence)
            {
                Assert.False(
                    limit.IsCancellationRequested, $"the replica does not catch up, seed {seed}:\n{last.Said}");
                await beat.WaitForNextTickAsync(CancellationToken.None);
            }
        }

        Assert.Equal(0, await last.StopAsync());
        DemoHistory there = await primary.ReadAsync(CancellationToken.None);
        Assert.Null(DemoComparison.FindDifference(there, DemoHistory.Read(data, TimeProvider.System)));
    }

    private static ulong ReadDurable(string data)
    {
        // A kill before the directory was made leaves nothing to read, and nothing can have been acknowledged.
        if (!Directory.Exists(DataDirectory.LogPathOf(data)))
        {
            return 0;
        }

        using WriteAheadLog log = OpenLog(data);
        return log.Durable.Sequence;
    }

    private static WriteAheadLog OpenLog(string data) => WriteAheadLog.Open(
        new LogOptions { Directory = DataDirectory.LogPathOf(data) }, LinuxFileSystem.Instance);
}
