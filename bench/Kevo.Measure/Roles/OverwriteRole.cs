using System.Diagnostics;
using System.Globalization;
using Kevo.Core;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// Overwrites keys for a given time while the background flushes and merges; the disk is at work on each batch while
/// the next is applied, and that grows while the disk stalls, as in a node with a backlog. Says
/// <c>peak_per_second</c> (best second), <c>second_half_per_second</c>, <c>slowest_second</c>, <c>longest_pause_ms</c>
/// (from one portion applied to the next) and the writer's own work in it, <c>longest_pause_work_ms</c>;
/// <c>pauses_over_50_ms</c>, <c>longest_sync_ms</c> of a batch, <c>write_amplification</c>,
/// <c>space_amplification</c> (tables per live byte, at most, sampled every second), <c>peak_bytes</c>,
/// <c>frame_bytes</c> and <c>log_bytes_per_second</c>.
/// </summary>
public static class OverwriteRole
{
    private const int Batch = 4096;

    /// <summary>
    /// Arguments: directory, keys, value size, memory limit, seconds, <c>uniform</c> or <c>skewed</c>.
    /// </summary>
    public static Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        long keys = long.Parse(arguments[1], CultureInfo.InvariantCulture);
        int valueSize = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        long memoryLimit = long.Parse(arguments[3], CultureInfo.InvariantCulture);
        double seconds = double.Parse(arguments[4], CultureInfo.InvariantCulture);
        bool skewed = arguments[5] == "skewed";
        using ReplicaStore store = StoreFill.Create(arguments[0], memoryLimit, out StoreWorker worker);
        var random = new Random(5);
        long Key(long i) => skewed
            ? (long)(Math.Pow(random.NextDouble(), 4) * keys)
            : random.NextInt64(keys);

        // Long enough for the compiler to have done its work; what it writes belongs to the content.
        StoreFill.Put(store, 200_000, valueSize, Key);
        var writer = new StoreWriter(store, valueSize);
        List<double> perSecond = [];
        int longPauses = 0;
        TimeSpan longestWork = default;
        TimeSpan longestSync = default;
        double longest = 0;
        double spaceMost = 1;
        long started = Stopwatch.GetTimestamp();
        long end = started + (long)(seconds * Stopwatch.Frequency);
        long last = started;
        long second = started;
        long entries = 0;
        long total = 0;
        while (last < end)
        {
            TimeSpan had = ThreadClock.Now();
            for (int i = 0; i < Batch; i++)
            {
                _ = writer.Put(Key(i));
            }

            if (store.TryAwaitSync())
            {
                store.BeginSync();
            }

            TimeSpan sync = store.LastSyncDuration ?? default;
            longestSync = sync > longestSync ? sync : longestSync;

            entries += Batch;
            total += Batch;
            long now = Stopwatch.GetTimestamp();
            double pause = Stopwatch.GetElapsedTime(last, now).TotalMilliseconds;
            longPauses += pause > 50 ? 1 : 0;
            if (pause > longest)
            {
                longest = pause;
                longestWork = ThreadClock.Now() - had;
            }

            last = now;
            if (now - second >= Stopwatch.Frequency)
            {
                perSecond.Add(entries / Stopwatch.GetElapsedTime(second, now).TotalSeconds);
                second = now;
                entries = 0;
                spaceMost = Math.Max(spaceMost, (double)store.GetStatistics().TableBytes / LiveBytes(keys, valueSize));
            }
        }

        store.EndSync();
        worker.Dispose();
        StoreStatistics statistics = store.GetStatistics();
        RoleOutput.Say("peak_per_second", perSecond.Max());
        RoleOutput.Say("second_half_per_second", perSecond.Skip(perSecond.Count / 2).Average());
        RoleOutput.Say("slowest_second", perSecond.Min());
        RoleOutput.Say("longest_pause_ms", longest);
        RoleOutput.Say("longest_pause_work_ms", longestWork.TotalMilliseconds);
        RoleOutput.Say("pauses_over_50_ms", longPauses);
        RoleOutput.Say("longest_sync_ms", longestSync.TotalMilliseconds);
        RoleOutput.Say("write_amplification", statistics.WriteAmplification);
        RoleOutput.Say("space_amplification", spaceMost);
        RoleOutput.Say("peak_bytes", ProcessMemory.PeakResident());
        RoleOutput.Say("frame_bytes", Batch * FrameBytesPerEntry(valueSize));
        RoleOutput.Say(
            "log_bytes_per_second",
            FrameBytesPerEntry(valueSize) * total / Stopwatch.GetElapsedTime(started, last).TotalSeconds);
        return Task.FromResult(0);
    }

    // An entry in the log: its length, operation, sequence, and key and value with their lengths.
    private static double FrameBytesPerEntry(int valueSize) =>
        4 + WalEntry.PayloadLength(Operation.Put, StoreFill.KeyLength, valueSize);

    private static long LiveBytes(long keys, int valueSize) => keys * (StoreFill.KeyLength + valueSize);
}
