using System.Text;
using Kevo.Core;
using Kevo.Storage.Store;
using Xunit;

namespace Kevo.Storage.Tests.Store;

/// <summary>Short ways to write to a store and to look into it.</summary>
internal static class StoreEntries
{
    /// <summary>Small sizes, so that a few entries make segments, memtables and tables.</summary>
    public static StoreOptions SmallOptions(string directory = "/data") => new()
    {
        Directory = directory,
        MemtableBytes = 8 << 10,
        TableBytes = 16 << 10,
        BlockBytes = 1 << 10,
        LogSegmentSize = 16 << 10,
        LogRetentionBytes = 0,
        StepBytes = 4 << 10,
    };

    /// <summary>Applies a put, or a delete when the value is null; the caller syncs.</summary>
    public static void Put(this ReplicaStore store, ulong sequence, string key, string? value) =>
        store.Apply(sequence, Encoding.ASCII.GetBytes(key), value is null ? null : Encoding.ASCII.GetBytes(value));

    public static void Apply(this ReplicaStore store, ulong sequence, byte[] key, byte[]? value)
    {
        Operation operation = value is null ? Operation.Delete : Operation.Put;
        byte[] payload = new byte[WalEntry.PayloadLength(operation, key.Length, value?.Length ?? 0)];
        WalEntry.Write(payload, operation, sequence, key, value ?? []);
        Assert.Equal(EntryFault.None, WalEntry.TryParse(payload, out WalEntry entry));
        store.Apply(entry);
    }

    /// <summary>Writes <paramref name="count"/> transactions of one put each, in batches of 10.</summary>
    public static void Fill(this ReplicaStore store, int count, string prefix = "key")
    {
        ulong sequence = store.Durable.Sequence;
        for (int i = 1; i <= count; i++)
        {
            store.Put(++sequence, $"{prefix}{sequence:D6}", new string('v', 50) + sequence);
            if (i % 10 == 0 || i == count)
            {
                store.Sync();
            }
        }
    }

    /// <summary>The value now, null when there is none.</summary>
    public static string? Get(this ReplicaStore store, string key)
    {
        using ISnapshot snapshot = store.OpenSnapshot();
        return snapshot.Get(key);
    }

    public static string? Get(this ISnapshot snapshot, string key) =>
        snapshot.TryGet(Encoding.ASCII.GetBytes(key), out ReadOnlySpan<byte> value)
            ? Encoding.ASCII.GetString(value)
            : null;

    public static int Count(this ISnapshot snapshot)
    {
        using IEntryCursor cursor = snapshot.Scan(default, default);
        int count = 0;
        while (cursor.MoveNext())
        {
            count++;
        }

        return count;
    }

    public static void RunAllSteps(this ReplicaStore store)
    {
        while (store.RunStep())
        {
        }
    }
}
