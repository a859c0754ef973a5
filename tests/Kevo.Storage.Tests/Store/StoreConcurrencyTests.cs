using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Store;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Store;

public class StoreConcurrencyTests
{
    private const int Accounts = 64;
    private const ulong Transactions = 20_000;

    /// <summary>
    /// Every transaction writes its own number under a key at the front, one at the back and one of many in between, so
    /// a view that has half of one shows two different numbers. The store flushes and merges all the while.
    /// </summary>
    [Fact]
    public async Task A_transaction_is_never_half_visible_while_the_store_flushes_and_merges()
    {
        using var directory = new TemporaryDirectory();
        StoreOptions options = StoreEntries.SmallOptions(directory.Combine("data")) with { MemtableBytes = 64 << 10 };
        using (ReplicaStore store = ReplicaStore.Open(options, LinuxFileSystem.Instance))
        using (new StoreWorker(store))
        {
            store.BeginEpoch(new LogPosition(1, 0));
            Write(store, 1, 1);
            Task writer = Task.Run(() => Write(store, 2, Transactions));
            Task<int> getter = Task.Run(() => Read(store, scan: false));
            Task<int> scanner = Task.Run(() => Read(store, scan: true));
            await writer.WaitAsync(TimeSpan.FromMinutes(3));
            int views = await getter.WaitAsync(TimeSpan.FromMinutes(3));
            views += await scanner.WaitAsync(TimeSpan.FromMinutes(3));
            Assert.True(views > 0);
            Assert.True(store.GetStatistics().FlushCount > 0);
        }

        using ReplicaStore again = ReplicaStore.Open(options, LinuxFileSystem.Instance);
        Assert.Equal(Transactions, again.Visible.Sequence);
        Check(again, scan: true);
    }

    private static void Write(ReplicaStore store, ulong first, ulong last)
    {
        byte[] value = new byte[40];
        for (ulong sequence = first; sequence <= last; sequence++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(value, sequence);
            store.Apply(sequence, "a-first"u8.ToArray(), value);
            store.Apply(sequence, [.. "m-"u8, (byte)(sequence % Accounts)], value);
            store.Apply(sequence, "z-last"u8.ToArray(), value);
            if (sequence == last)
            {
                store.Sync();
            }
            else if (sequence % 8 == 0 && store.TryAwaitSync())
            {
                store.BeginSync();
            }
        }
    }

    private static int Read(ReplicaStore store, bool scan)
    {
        int views = 0;
        ulong seen = 0;
        while (seen < Transactions)
        {
            ulong now = Check(store, scan);
            Assert.True(now >= seen, $"went back from {seen} to {now}");
            seen = now;
            views++;
        }

        return views;
    }

    private static ulong Check(ReplicaStore store, bool scan)
    {
        using ISnapshot snapshot = store.OpenSnapshot();
        ulong at = snapshot.Position.Sequence;
        Assert.Equal(at, Number(snapshot, "a-first"u8));
        Assert.Equal(at, Number(snapshot, "z-last"u8));
        Assert.Equal(at, Number(snapshot, [.. "m-"u8, (byte)(at % Accounts)]));
        if (scan)
        {
            using IEntryCursor cursor = snapshot.Scan("m-"u8, "m."u8);
            while (cursor.MoveNext())
            {
                // The last transaction at or before the position that had this key.
                ulong expected = at - ((at + Accounts - cursor.Key[2]) % Accounts);
                Assert.Equal(expected, BinaryPrimitives.ReadUInt64LittleEndian(cursor.Value));
            }
        }

        return at;
    }

    private static ulong Number(ISnapshot snapshot, ReadOnlySpan<byte> key)
    {
        Assert.True(snapshot.TryGet(key, out ReadOnlySpan<byte> value));
        return BinaryPrimitives.ReadUInt64LittleEndian(value);
    }
}
