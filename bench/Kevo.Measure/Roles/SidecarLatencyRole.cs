using System.Diagnostics;
using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// Writes puts into a stock directory at a rate, syncing each as stock does, and follows the sidecar beside it: how
/// long after the sync each could be read here. Says <c>p50_us</c>, <c>p99_us</c> and <c>max_us</c>.
/// </summary>
public static class SidecarLatencyRole
{
    /// <summary>Arguments: stock directory, own directory, puts, puts per second.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        int puts = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        double rate = double.Parse(arguments[3], CultureInfo.InvariantCulture);
        string stock = arguments[0];
        using var writer = new StockFileWriter(stock, 100);
        using ChildProcess sidecar = ChildProcess.Start("sidecar", stock, arguments[1] + "-sidecar", "0");
        sidecar.Tell("begin");
        string port = sidecar.Read("port");
        using ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = arguments[1] }, LinuxFileSystem.Instance);
        using var worker = new StoreWorker(store);
        var options = new ReplicaOptions { PrimaryAddress = $"127.0.0.1:{port}", NodeId = "measure-replica" };
        var connector = new GrpcPrimaryConnector(options.Connector, LinuxFileSystem.Instance, TimeProvider.System);
        await using var replica = new Replica(options, connector, store);
        replica.Start();

        // One that does not count, so that everything is connected.
        writer.Put();
        writer.Sync();
        await store.WaitForVisibleAsync(new LogPosition(1, 1), CancellationToken.None);
        long[] ticks = await MeasureAsync(writer, store, puts, rate);
        Array.Sort(ticks);
        RoleOutput.Say("p50_us", MicrosecondsAt(ticks, 0.5));
        RoleOutput.Say("p99_us", MicrosecondsAt(ticks, 0.99));
        RoleOutput.Say("max_us", MicrosecondsAt(ticks, 1));
        await replica.StopAsync();
        return 0;
    }

    private static async Task<long[]> MeasureAsync(StockFileWriter writer, ReplicaStore store, int puts, double rate)
    {
        long[] ticks = new long[puts];
        long begun = Stopwatch.GetTimestamp();
        for (int i = 0; i < puts; i++)
        {
            while (Stopwatch.GetElapsedTime(begun).TotalSeconds < i / rate)
            {
                await Task.Yield();
            }

            writer.Put();
            writer.Sync();
            long synced = Stopwatch.GetTimestamp();
            await store.WaitForVisibleAsync(new LogPosition(1, (ulong)i + 2), CancellationToken.None);
            ticks[i] = Stopwatch.GetTimestamp() - synced;
        }

        return ticks;
    }

    private static double MicrosecondsAt(long[] sorted, double share) =>
        sorted[Math.Min((int)(sorted.Length * share), sorted.Length - 1)] * 1e6 / Stopwatch.Frequency;
}
