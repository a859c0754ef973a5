using System.Globalization;
using Kevo.Core;
using Kevo.Storage.Store;
using Kevo.Testing;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Store;

/// <summary>The amplification of the whole store, in small: the figures in docs/STORE.md come from here.</summary>
public class StoreAmplificationTests
{
    private const int Keys = 20_000;
    private const int Overwrites = 8;

    [Theory]
    [InlineData("uniform", 6.0, 2.0)]
    [InlineData("skewed", 6.0, 2.0)]
    [InlineData("ascending", 2.0, 1.2)]
    public void Bytes_written_and_kept_stay_within_the_stated_bounds(string workload, double maxWrite, double maxSpace)
    {
        int seed = Seed.For(21);
        var random = new Random(seed);
        StoreOptions options = StoreEntries.SmallOptions() with
        {
            MemtableBytes = 96 << 10,
            TableBytes = 256 << 10,
            BlockBytes = 4 << 10,
            LogSegmentSize = 256 << 10,
            StepBytes = 32 << 10,
        };
        using ReplicaStore store = ReplicaStore.Open(options, new SimulatedFileSystem());
        store.BeginEpoch(new LogPosition(1, 0));
        double worstSpace = 0;
        double sumSpace = 0;
        int samples = 0;
        byte[] value = new byte[100];
        for (int i = 1; i <= Keys * Overwrites; i++)
        {
            int key = workload switch
            {
                "ascending" => i,
                "uniform" => random.Next(Keys),
                _ => (int)(Keys * Math.Pow(random.NextDouble(), 4)),
            };
            random.NextBytes(value);
            store.Apply((ulong)i, System.Text.Encoding.ASCII.GetBytes($"user:{key:D11}"), value);
            if (i % 32 == 0)
            {
                store.Sync();
                store.RunStep();
                store.RunStep();
            }

            if (i > Keys * 2 && i % 1_000 == 0)
            {
                double space = store.GetStatistics().SpaceAmplification;
                worstSpace = Math.Max(worstSpace, space);
                sumSpace += space;
                samples++;
            }
        }

        store.Sync();
        StoreStatistics end = store.GetStatistics();
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{workload}: write {end.WriteAmplification:F2}, space {sumSpace / samples:F2} on average, "
            + $"{worstSpace:F2} at most, {end.RunCount} runs, {end.FlushCount} flushes, {end.CompactionCount} merges, "
            + $"{end.EstimatedKeyCount} keys"));
        Assert.InRange(end.WriteAmplification, 1, maxWrite);
        Assert.InRange(sumSpace / samples, 1, maxSpace);
    }
}
