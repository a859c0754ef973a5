using System.Diagnostics;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>Puts a known content into a store, without a network.</summary>
public static class StoreFill
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyLength = 16;

    /// <summary>A memory limit under which nothing is flushed.</summary>
    public const long AllInMemory = 8L << 30;

    private const int BatchBytes = 1 << 20;

    /// <summary>Opens a store in a fresh directory and fills it; the caller disposes worker and store.</summary>
    public static ReplicaStore Create(string directory, long memoryLimit, out StoreWorker worker)
    {
        ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = directory, MemoryLimit = memoryLimit }, LinuxFileSystem.Instance);
        worker = new StoreWorker(store);
        store.BeginEpoch(new LogPosition(1, 0));
        return store;
    }

    /// <summary>
    /// Applies <paramref name="count"/> puts, made durable in batches of 1 MiB; key numbers come from the caller.
    /// </summary>
    public static void Put(ReplicaStore store, long count, int valueSize, Func<long, long> keyNumber)
    {
        var writer = new StoreWriter(store, valueSize);
        long open = 0;
        for (long i = 0; i < count; i++)
        {
            open += writer.Put(keyNumber(i));
            if (open >= BatchBytes)
            {
                store.Sync();
                open = 0;
            }
        }

        store.Sync();
    }

    /// <summary>
    /// Overwrites keys at random as fast as the store takes them, each batch synced, until told to stop; entries per
    /// second.
    /// </summary>
    public static double PutUntil(ReplicaStore store, long keys, int valueSize, CancellationToken stop)
    {
        const int Chunk = 100_000;
        var random = new Random(11);
        long started = Stopwatch.GetTimestamp();
        long entries = 0;
        while (!stop.IsCancellationRequested)
        {
            Put(store, Chunk, valueSize, _ => random.NextInt64(keys));
            entries += Chunk;
        }

        return entries / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    /// <summary>The value of every key: bytes that do not compress, the same in every process.</summary>
    public static byte[] NewValue(int size)
    {
        byte[] value = new byte[size];
        new Random(20261122).NextBytes(value);
        return value;
    }

    /// <summary>
    /// The <paramref name="index"/>-th of the numbers below <paramref name="count"/> in an order that looks random and
    /// holds each once.
    /// </summary>
    public static long Shuffled(long index, long count)
    {
        // A prime that divides no count in use; a step of it goes round all numbers.
        const long Step = 7_368_787_961;
        return (long)((UInt128)(ulong)index * (ulong)Step % (ulong)count);
    }

    /// <summary>Writes <c>key-%012d</c> into 16 bytes.</summary>
    public static void WriteKey(Span<byte> key, long number)
    {
        "key-"u8.CopyTo(key);
        for (int i = 15; i >= 4; i--)
        {
            key[i] = (byte)('0' + (number % 10));
            number /= 10;
        }
    }
}
