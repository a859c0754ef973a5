using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>Puts a known content into a store, without a network.</summary>
public static class StoreFill
{
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

    /// <summary>Applies <paramref name="count"/> puts; key numbers come from the caller.</summary>
    public static void Put(ReplicaStore store, long count, int valueSize, Func<long, long> keyNumber)
    {
        byte[] payload = new byte[64 + valueSize];
        byte[] key = new byte[16];
        byte[] value = new byte[valueSize];
        new Random(20261122).NextBytes(value);
        ulong sequence = store.Durable.Sequence;
        int open = 0;
        for (long i = 0; i < count; i++)
        {
            WriteKey(key, keyNumber(i));
            int length = WalEntry.Write(payload, Operation.Put, ++sequence, key, value);
            store.Apply(WalEntry.FromVerified(payload.AsSpan(0, length)));
            open += length;
            if (open >= BatchBytes)
            {
                store.Sync();
                open = 0;
            }
        }

        store.Sync();
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
