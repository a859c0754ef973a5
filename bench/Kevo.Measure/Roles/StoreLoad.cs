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
        var random = new Random(7);
        Span<byte> key = stackalloc byte[16];
        using ISnapshot snapshot = store.OpenSnapshot();
        long started = Stopwatch.GetTimestamp();
        for (int i = 0; i < gets; i++)
        {
            StoreFill.WriteKey(key, random.NextInt64(keys));
            if (!snapshot.TryGet(key, out ReadOnlySpan<byte> value) || value.Length != valueSize)
            {
                throw new InvalidOperationException("A key that was put was not found.");
            }
        }

        return gets / Stopwatch.GetElapsedTime(started).TotalSeconds;
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
