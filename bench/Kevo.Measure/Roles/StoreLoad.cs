using System.Diagnostics;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>Reads in process from a store that <see cref="StoreFill"/> filled; what is read is checked.</summary>
internal static class StoreLoad
{
    /// <summary>Looks random keys up in one snapshot, on one thread; lookups per second.</summary>
    public static double Get(IKeyValueStore store, long keys, int gets, int valueSize)
    {
        long started = Stopwatch.GetTimestamp();
        GetOnce(store, new Random(7), keys, gets, valueSize);
        return gets / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>
    /// Looks random keys up on one thread, in a fresh snapshot each thousand, as readers do who want to see what is
    /// written meanwhile; lookups per second, and per second in which the thread had a processor.
    /// </summary>
    public static (double PerSecond, double PerProcessorSecond) GetFresh(
        IKeyValueStore store, long keys, int gets, int valueSize)
    {
        const int InSnapshot = 1_000;
        var random = new Random(7);
        TimeSpan had = ThreadClock.Now();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < gets; i += InSnapshot)
        {
            GetOnce(store, random, keys, InSnapshot, valueSize);
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return (gets / seconds, gets / (ThreadClock.Now() - had).TotalSeconds);
    }

    private static void GetOnce(IKeyValueStore store, Random random, long keys, int gets, int valueSize)
    {
        Span<byte> key = stackalloc byte[16];
        using ISnapshot snapshot = store.OpenSnapshot();
        for (int i = 0; i < gets; i++)
        {
            StoreFill.WriteKey(key, random.NextInt64(keys));
            if (!snapshot.TryGet(key, out ReadOnlySpan<byte> value) || value.Length != valueSize)
            {
                throw new InvalidOperationException("A key that was put was not found.");
            }
        }
    }

    /// <summary>Walks all keys in order; bytes of keys and values per second.</summary>
    public static double Scan(IKeyValueStore store, long keys)
    {
        long bytes = 0;
        long seen = 0;
        long started = Stopwatch.GetTimestamp();
        using ISnapshot snapshot = store.OpenSnapshot();
        using IEntryCursor cursor = snapshot.Scan([], []);
        while (cursor.MoveNext())
        {
            bytes += cursor.Key.Length + cursor.Value.Length;
            seen++;
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        return seen == keys
            ? bytes / seconds
            : throw new InvalidOperationException($"A scan of {keys} keys saw {seen}.");
    }
}
