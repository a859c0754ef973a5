using System.Diagnostics;
using System.Globalization;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// Fills a fresh store with distinct keys in random order. Says <c>seconds</c> and <c>cpu_seconds</c> up to the last
/// synced batch, <c>settled_cpu_seconds</c> when the background has caught up, <c>write_amplification</c>,
/// <c>table_bytes</c> and <c>peak_bytes</c> of resident memory.
/// </summary>
public static class GrowRole
{
    /// <summary>Arguments: directory, keys, value size, memory limit in bytes.</summary>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        long keys = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        int valueSize = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        long memoryLimit = long.Parse(arguments[3], CultureInfo.InvariantCulture);
        using ReplicaStore store = StoreFill.Create(arguments[0], memoryLimit, out StoreWorker worker);
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        StoreFill.Put(store, keys, valueSize, i => StoreFill.Shuffled(i, keys));
        RoleOutput.Say("seconds", Stopwatch.GetElapsedTime(started).TotalSeconds);
        RoleOutput.Say("cpu_seconds", (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        worker.Dispose();
        while (store.RunStep())
        {
        }

        StoreStatistics statistics = store.GetStatistics();
        RoleOutput.Say("settled_cpu_seconds", (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
        RoleOutput.Say("write_amplification", statistics.WriteAmplification);
        RoleOutput.Say("table_bytes", statistics.TableBytes);
        RoleOutput.Say("peak_bytes", ProcessMemory.PeakResident());
        return Task.FromResult(0);
    }
}
