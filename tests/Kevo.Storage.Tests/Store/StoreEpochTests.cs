using Kevo.Core;
using Kevo.Storage.Log;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Store;

public class StoreEpochTests
{
    private readonly SimulatedFileSystem _disk = new();

    [Fact]
    public void A_new_epoch_keeps_the_content_and_starts_behind_its_position()
    {
        using (ReplicaStore store = Open())
        {
            store.BeginEpoch(new LogPosition(1, 0));
            store.Put(1, "a", "1");
            store.Sync();
            store.BeginEpoch(new LogPosition(2, 500));
            Assert.Equal(new LogPosition(2, 500), store.Visible);
            Assert.Equal("1", store.Get("a"));
            store.Put(501, "b", "2");
            store.Sync();
        }

        using ReplicaStore again = Open();
        Assert.Equal(new LogPosition(2, 501), again.Visible);
        Assert.Equal(("1", "2"), (again.Get("a"), again.Get("b")));
    }

    [Fact]
    public void An_epoch_that_does_not_rise_is_refused_and_so_is_one_in_an_open_batch()
    {
        using ReplicaStore store = Open();
        store.BeginEpoch(new LogPosition(3, 0));
        Assert.Throws<InvalidOperationException>(() => store.BeginEpoch(new LogPosition(3, 9)));
        store.Put(1, "a", "1");
        Assert.Throws<InvalidOperationException>(() => store.BeginEpoch(new LogPosition(4, 0)));
        store.Sync();
        Assert.Equal("1", store.Get("a"));
    }

    [Fact]
    public void A_rebuild_replaces_everything_at_once_and_sets_the_old_history_aside_if_told_to()
    {
        using ReplicaStore store = Open();
        store.BeginEpoch(new LogPosition(1, 0));
        store.Fill(300);
        store.Flush();
        store.Put(301, "old", "1");
        store.Sync();
        using ISnapshot before = store.OpenSnapshot();
        using (StoreRebuild rebuild = store.BeginRebuild())
        {
            rebuild.Add("a"u8, "new"u8);
            rebuild.Add("b"u8, "new"u8);
            Assert.Null(store.Get("a"));
            rebuild.Commit(new LogPosition(2, 40), setHistoryAside: true);
        }

        Assert.Equal(new LogPosition(2, 40), store.Visible);
        Assert.Equal("new", store.Get("a"));
        Assert.Null(store.Get("old"));
        using (ISnapshot after = store.OpenSnapshot())
        {
            Assert.Equal(2, after.Count());
        }

        store.RunAllSteps();
        Assert.Equal(301, before.Count());
        IReadOnlyList<string> files = _disk.ListFiles("TEST:LIST", "/data/tables");
        Assert.Single(files, static name => name.EndsWith(".sst", StringComparison.Ordinal));
        Assert.NotEmpty(_disk.ListFiles("TEST:LIST", "/data/set-aside/1"));
    }

    [Fact]
    public void Changes_of_a_rebuild_take_effect_with_its_content_and_survive_merges_and_restarts()
    {
        using (ReplicaStore store = Open())
        {
            store.BeginEpoch(new LogPosition(1, 0));
            store.Put(1, "old", "1");
            store.Sync();
            using (StoreRebuild rebuild = store.BeginRebuild())
            {
                rebuild.Add("a"u8, "walked"u8);
                rebuild.Add("b"u8, "walked"u8);
                rebuild.Add("c"u8, "walked"u8);
                rebuild.Change(Operation.Put, "a"u8, "later"u8);
                rebuild.Change(Operation.Delete, "b"u8, default);
                rebuild.Change(Operation.Put, "d"u8, "later"u8);
                Assert.Throws<InvalidOperationException>(() => rebuild.Add("e"u8, "late"u8));
                rebuild.Commit(new LogPosition(2, 40), setHistoryAside: false);
            }

            AssertChanged(store);
            store.RequestCompaction();
            store.RunAllSteps();
            AssertChanged(store);
        }

        using ReplicaStore again = Open();
        AssertChanged(again);
    }

    [Theory]
    [InlineData(10, 3)]
    [InlineData(100_000, 3)]
    public void The_log_of_a_rebuild_can_begin_with_its_last_transaction(int valueLength, int operations)
    {
        byte[] value = new byte[valueLength];
        byte[][] last = [.. Enumerable.Range(0, operations).Select(i => PutOf(40, $"k{i}", value))];
        using (ReplicaStore store = Open())
        {
            using (StoreRebuild rebuild = store.BeginRebuild())
            {
                rebuild.Add("k0"u8, value);
                foreach (byte[] payload in last)
                {
                    WalEntry entry = WalEntry.FromVerified(payload);
                    rebuild.KeepLast(in entry);
                }

                rebuild.Commit(new LogPosition(2, 40), setHistoryAside: false);
            }

            AssertBeginsWith(store, last);
            store.Put(41, "next", "1");
            store.Sync();
        }

        using ReplicaStore again = Open();
        Assert.Equal(new LogPosition(2, 41), again.Visible);
        AssertBeginsWith(again, last);

        // The content is what was added: the transaction is in the log alone.
        Assert.Null(again.Get("k1"));
        Assert.Equal("1", again.Get("next"));
        again.Put(42, "and", "2");
        again.Sync();
        Assert.Equal("2", again.Get("and"));
    }

    private static void AssertBeginsWith(ReplicaStore store, byte[][] payloads)
    {
        Assert.Equal(new LogPosition(2, 40), store.Log.First);
        using LogCursor cursor = store.Log.OpenCursor(new LogPosition(2, 40));
        Assert.True(cursor.MoveNext());
        foreach (byte[] payload in payloads)
        {
            Assert.True(cursor.TryReadEntry(out WalEntry entry));
            Assert.Equal(payload, entry.Payload.ToArray());
        }

        Assert.False(cursor.TryReadEntry(out _));
    }

    private static byte[] PutOf(ulong sequence, string key, byte[] value)
    {
        byte[] name = System.Text.Encoding.ASCII.GetBytes(key);
        byte[] payload = new byte[WalEntry.PayloadLength(Operation.Put, name.Length, value.Length)];
        WalEntry.Write(payload, Operation.Put, sequence, name, value);
        return payload;
    }

    private static void AssertChanged(ReplicaStore store)
    {
        Assert.Equal(new LogPosition(2, 40), store.Visible);
        Assert.Equal(
            ["later", null, "walked", "later", null],
            new[] { "a", "b", "c", "d", "old" }.Select(key => store.Get(key)));
        using ISnapshot snapshot = store.OpenSnapshot();
        Assert.Equal(3, snapshot.Count());
    }

    [Fact]
    public void A_rebuild_that_is_given_up_leaves_nothing_behind()
    {
        using ReplicaStore store = Open();
        store.BeginEpoch(new LogPosition(1, 0));
        store.Put(1, "a", "1");
        store.Sync();
        using (StoreRebuild rebuild = store.BeginRebuild())
        {
            for (int i = 0; i < 2_000; i++)
            {
                rebuild.Add(System.Text.Encoding.ASCII.GetBytes($"k{i:D6}"), new byte[20]);
            }
        }

        store.RunAllSteps();
        Assert.Equal("1", store.Get("a"));
        Assert.Empty(_disk.ListFiles("TEST:LIST", "/data/tables"));
    }

    [Fact]
    public void A_rebuild_refuses_keys_out_of_order_and_is_then_of_no_use()
    {
        using ReplicaStore store = Open();
        store.BeginEpoch(new LogPosition(1, 0));
        using StoreRebuild rebuild = store.BeginRebuild();
        rebuild.Add("b"u8, "1"u8);
        Assert.Equal(StorageFault.Corrupt, Assert.Throws<StorageException>(() => rebuild.Add("a"u8, "1"u8)).Fault);
        Assert.Throws<InvalidOperationException>(() => rebuild.Commit(new LogPosition(2, 0), setHistoryAside: false));
        Assert.Equal(new LogPosition(1, 0), store.Visible);
    }

    private ReplicaStore Open() => ReplicaStore.Open(StoreEntries.SmallOptions(), _disk);
}
