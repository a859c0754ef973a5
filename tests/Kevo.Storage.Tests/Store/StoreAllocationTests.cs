using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Store;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Store;

/// <summary>
/// What the store allocates once it has been through every kind of its work. Alone in the process: the buffers come
/// from the shared pools, and what other tests take out of them would be allocated anew here.
/// </summary>
[CollectionDefinition(nameof(StoreAllocationTests), DisableParallelization = true)]
[Collection(nameof(StoreAllocationTests))]
public class StoreAllocationTests(ITestOutputHelper output)
{
    private const int Keys = 40_000;
    private const int Batch = 200;

    [Fact]
    public void Applying_syncing_and_reading_allocate_nothing()
    {
        using TemporaryDirectory directory = new();
        using ReplicaStore store = Open(directory, memtableBytes: 256 << 20);
        var random = new Random(Seed.For(31));
        byte[] payload = new byte[256];
        byte[] key = new byte[16];
        Overwrite(store, random, Keys, payload, key);
        using ISnapshot snapshot = store.OpenSnapshot();
        int found = 0;
        Assert.Equal(0, AllocatedBytes.LeastOf(() => found += Read(snapshot, key), rounds: 3));
        Assert.True(found > 0);

        // Every key has a version by now; a further one takes a node of a chunk, and chunks are all there is.
        long before = GC.GetAllocatedBytesForCurrentThread();
        Overwrite(store, random, Keys, payload, key);
        double perEntry = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)Keys;
        output.WriteLine($"{perEntry:F2} B per entry while the first memtable grows");
        Assert.True(perEntry < 64, $"{perEntry:F2} B per entry");
    }

    /// <summary>
    /// Memtables, the keys' hashes and buffers are handed on. What is left is a table's own memory, its index above
    /// all, which weighs more here than in a real store, because a table has only some 5,000 entries; and what the
    /// shared pools lose when the runtime trims them after a collection.
    /// </summary>
    [Fact]
    public void Overwriting_with_flushes_and_merges_allocates_less_than_eight_bytes_per_entry()
    {
        using TemporaryDirectory directory = new();
        using ReplicaStore store = Open(directory, memtableBytes: 1 << 20);
        var random = new Random(Seed.For(32));
        byte[] payload = new byte[256];
        byte[] key = new byte[16];
        Overwrite(store, random, 3 * Keys, payload, key);
        StoreStatistics warm = store.GetStatistics();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Overwrite(store, random, 2 * Keys, payload, key);
        double perEntry = (GC.GetAllocatedBytesForCurrentThread() - before) / (2.0 * Keys);
        StoreStatistics after = store.GetStatistics();
        output.WriteLine(
            $"{perEntry:F2} B per entry, {after.FlushCount - warm.FlushCount} flushes, "
            + $"{after.CompactionCount - warm.CompactionCount} merges, "
            + $"write amplification {after.WriteAmplification:F1}");
        Assert.True(after.FlushCount - warm.FlushCount > 5);
        Assert.True(after.CompactionCount - warm.CompactionCount > 1);
        Assert.True(perEntry < 8, $"{perEntry:F2} B per entry");
    }

    private static ReplicaStore Open(TemporaryDirectory directory, long memtableBytes)
    {
        ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = directory.Path, MemtableBytes = memtableBytes, LogRetentionBytes = 0 },
            LinuxFileSystem.Instance);
        store.BeginEpoch(new LogPosition(1, 0));
        return store;
    }

    private static void Overwrite(ReplicaStore store, Random random, int entries, byte[] payload, byte[] key)
    {
        ulong sequence = store.Durable.Sequence;
        Span<byte> value = payload.AsSpan(128, 100);
        for (int i = 1; i <= entries; i++)
        {
            WriteKey(key, random.Next(Keys));
            int length = WalEntry.Write(payload, Operation.Put, ++sequence, key, value);
            store.Apply(WalEntry.FromVerified(payload.AsSpan(0, length)));
            if (i % Batch == 0)
            {
                store.Sync();
                while (store.RunStep())
                {
                }
            }
        }
    }

    private static int Read(ISnapshot snapshot, byte[] key)
    {
        int found = 0;
        for (int i = 0; i < Keys; i++)
        {
            WriteKey(key, i);
            found += snapshot.TryGet(key, out _) ? 1 : 0;
        }

        return found;
    }

    private static void WriteKey(Span<byte> key, int number)
    {
        "user:"u8.CopyTo(key);
        for (int i = 15; i >= 5; i--)
        {
            key[i] = (byte)('0' + (number % 10));
            number /= 10;
        }
    }
}
