using System.Text;
using Kevo.Core;
using Kevo.Storage.Store;
using Kevo.Testing;
using Kevo.Testing.Disk;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Store;

public sealed class ReplicaStoreTests : IDisposable
{
    private readonly SimulatedFileSystem _disk = new();
    private readonly FaultInjectingFileSystem _faults;
    private readonly FakeTimeProvider _time = new();
    private ReplicaStore _store;

    public ReplicaStoreTests()
    {
        _faults = new FaultInjectingFileSystem(_disk);
        _store = Open();
        _store.BeginEpoch(new LogPosition(1, 0));
    }

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Nothing_is_visible_before_the_sync_returns()
    {
        string? seenDuringSync = "not looked";
        _faults.OnOperation = operation =>
        {
            if (operation.Name == "LOG:SYNC")
            {
                seenDuringSync = _store.Get("a");
            }
        };
        _store.Put(1, "a", "1");
        Assert.Null(_store.Get("a"));
        _store.Sync();

        Assert.Null(seenDuringSync);
        Assert.Equal("1", _store.Get("a"));
        Assert.Equal(new LogPosition(1, 1), _store.Visible);
    }

    [Fact]
    public void A_batch_may_grow_while_the_disk_is_busy_up_to_half_a_memtable()
    {
        bool isBusy = true;
        _faults.IsBusy = () => isBusy;
        Assert.True(_store.TryAwaitSync());
        _store.Put(1, "a", "1");
        _store.BeginSync();
        ulong sequence = 1;
        for (string value = new('v', 1000); !_store.TryAwaitSync(); )
        {
            _store.Put(++sequence, "b", value);
        }

        Assert.InRange((long)sequence * 1000, StoreEntries.SmallOptions().MemtableBytes / 2, 6_000);
        Assert.Equal(LogPosition.None, _store.Visible with { Epoch = 0 });
        _store.BeginSync();
        Assert.Equal(new LogPosition(1, 1), _store.Visible);
        _store.Put(sequence + 1, "b", "2");
        Assert.False(_store.TryAwaitSync());
        isBusy = false;
        Assert.True(_store.TryAwaitSync());
        Assert.Equal(new LogPosition(1, sequence), _store.Visible);
    }

    [Fact]
    public void What_a_batch_has_more_than_is_inserted_at_once_goes_in_while_the_next_comes()
    {
        using ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = "/other", InsertAtOnce = 1_000 }, _disk);
        store.BeginEpoch(new LogPosition(1, 0));
        const int Count = 3_000;
        for (int i = 1; i <= Count; i++)
        {
            store.Put((ulong)i, $"key{i}", $"{i}");
        }

        // The disk is done at once; the batch is not.
        store.BeginSync();
        ulong more = Count;
        while (!store.TryAwaitSync())
        {
            more++;
            store.Put(more, $"key{more}", $"{more}");
            Assert.Equal(0ul, store.Visible.Sequence);
        }

        // A thousand at once, and with each question.
        Assert.Equal(Count + 1ul, more);
        store.BeginSync();
        Assert.Equal((ulong)Count, store.Visible.Sequence);
        store.EndSync();
        using ISnapshot snapshot = store.OpenSnapshot();
        Assert.All(Enumerable.Range(1, (int)more), i => Assert.Equal($"{i}", snapshot.Get($"key{i}")));
    }

    [Fact]
    public void What_a_batch_left_over_is_inserted_even_when_the_next_one_has_outgrown_two_segments()
    {
        using ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = "/other", InsertAtOnce = 10, LogSegmentSize = 4 << 20 }, _disk);
        store.BeginEpoch(new LogPosition(1, 0));
        const int Count = 100;
        for (int i = 1; i <= Count; i++)
        {
            store.Put((ulong)i, $"key{i}", $"{i}");
        }

        store.BeginSync();
        byte[] value = new byte[64 << 10];
        for (int i = 0; i < 100; i++)
        {
            store.Apply(Count + 1, Encoding.ASCII.GetBytes($"large{i}"), value);
        }

        store.Sync();
        Assert.True(store.Log.GetStatistics().Segments >= 3);
        using ISnapshot snapshot = store.OpenSnapshot();
        Assert.All(Enumerable.Range(1, Count), i => Assert.Equal($"{i}", snapshot.Get($"key{i}")));
        Assert.All(
            Enumerable.Range(0, 100), i => Assert.Equal(value.Length, snapshot.Get($"large{i}")!.Length));
    }

    [Fact]
    public void What_a_failed_sync_covered_never_becomes_visible_and_the_store_stays_stopped()
    {
        _store.Put(1, "a", "1");
        _store.Sync();
        _faults.Fail("LOG:SYNC", _faults.CountOf("LOG:SYNC") + 1);
        _store.Put(2, "a", "2");

        Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(_store.Sync).Fault);
        Assert.Equal("1", _store.Get("a"));
        Assert.Equal(new LogPosition(1, 1), _store.Visible);
        Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(() => _store.Put(2, "a", "2")).Fault);
        Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(() => _store.RunStep()).Fault);
        Assert.NotNull(_store.Failure);
    }

    [Fact]
    public void A_failed_sync_of_a_table_stops_the_store_too()
    {
        _store.Fill(10);
        _faults.Fail("TABLE:SYNC");
        Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(_store.Flush).Fault);
        Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(() => _store.Put(11, "a", "1")).Fault);
    }

    [Fact]
    public async Task Those_who_wait_for_a_position_are_woken_when_it_becomes_visible()
    {
        Task waiting = _store.WaitForVisibleAsync(new LogPosition(1, 2), CancellationToken.None).AsTask();
        using var cancelled = new CancellationTokenSource();
        Task givenUp = _store.WaitForVisibleAsync(new LogPosition(1, 9), cancelled.Token).AsTask();
        _store.Put(1, "a", "1");
        _store.Sync();
        Assert.False(waiting.IsCompleted);
        _store.Put(2, "a", "2");
        Assert.False(waiting.IsCompleted);
        _store.Sync();
        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givenUp);
        Assert.True(_store.WaitForVisibleAsync(new LogPosition(1, 1), CancellationToken.None).IsCompletedSuccessfully);
    }

    [Fact]
    public void A_snapshot_stays_as_it_was_through_overwriting_flush_merge_and_removal()
    {
        _store.Fill(300);
        using ISnapshot snapshot = _store.OpenSnapshot();
        ulong sequence = 300;
        for (int round = 0; round < 5; round++)
        {
            for (int i = 1; i <= 300; i++)
            {
                _store.Put(++sequence, $"key{i:D6}", i % 2 == 0 ? null : "new");
                _store.Sync();
            }

            _store.Flush();
            _store.RequestCompaction();
            _store.RunAllSteps();
        }

        Assert.Equal(new LogPosition(1, 300), snapshot.Position);
        Assert.Equal(300, snapshot.Count());
        Assert.Equal(new string('v', 50) + "7", snapshot.Get("key000007"));
        using ISnapshot now = _store.OpenSnapshot();
        Assert.Equal(150, now.Count());
        Assert.Equal(150, _store.GetStatistics().EstimatedKeyCount);
    }

    [Fact]
    public void A_cursor_outlives_its_snapshot()
    {
        _store.Fill(50);
        ISnapshot snapshot = _store.OpenSnapshot();
        using IEntryCursor cursor = snapshot.Scan("key000010"u8, "key000020"u8);
        snapshot.Dispose();
        _store.Flush();
        int count = 0;
        while (cursor.MoveNext())
        {
            count++;
        }

        Assert.Equal(10, count);
        Assert.Throws<ObjectDisposedException>(() => snapshot.TryGet("a"u8, out _));
    }

    [Fact]
    public void Too_many_snapshots_are_refused_until_one_is_closed()
    {
        ISnapshot first = _store.OpenSnapshot();
        ISnapshot second = _store.OpenSnapshot();
        using ISnapshot third = _store.OpenSnapshot();
        StorageException error = Assert.Throws<StorageException>(() => _store.OpenSnapshot());
        Assert.Equal(StorageFault.LimitExceeded, error.Fault);
        first.Dispose();
        first.Dispose();
        using ISnapshot fourth = _store.OpenSnapshot();
        Assert.Throws<StorageException>(() => _store.OpenSnapshot());
        Assert.Equal(3, _store.GetStatistics().OpenSnapshots);
        second.Dispose();
    }

    [Fact]
    public void A_snapshot_that_is_too_old_says_so_and_its_scans_end()
    {
        _store.Fill(5);
        using ISnapshot snapshot = _store.OpenSnapshot();
        using IEntryCursor cursor = snapshot.Scan(default, default);
        Assert.True(cursor.MoveNext());
        _time.Advance(TimeSpan.FromSeconds(59));
        _store.RunAllSteps();
        Assert.NotNull(snapshot.Get("key000001"));
        Assert.Equal(TimeSpan.FromSeconds(1), _store.UntilNextExpiry);
        _time.Advance(TimeSpan.FromSeconds(1));
        _store.RunAllSteps();

        StorageException error = Assert.Throws<StorageException>(() => snapshot.Get("key000001"));
        Assert.Equal(StorageFault.LimitExceeded, error.Fault);
        Assert.Equal(StorageFault.LimitExceeded, Assert.Throws<StorageException>(() => cursor.MoveNext()).Fault);
        Assert.Null(_store.UntilNextExpiry);
        snapshot.Renew();
        Assert.Throws<StorageException>(() => snapshot.Get("key000001"));
    }

    [Fact]
    public void A_snapshot_in_good_use_counts_its_age_anew()
    {
        _store.Fill(5);
        using ISnapshot snapshot = _store.OpenSnapshot();
        using ISnapshot other = _store.OpenSnapshot();
        for (int i = 0; i < 5; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(59));
            snapshot.Renew();
            _store.RunAllSteps();
        }

        Assert.NotNull(snapshot.Get("key000001"));
        Assert.Throws<StorageException>(() => other.Get("key000001"));
        Assert.Equal(TimeSpan.FromSeconds(60), _store.UntilNextExpiry);
        snapshot.Dispose();
        snapshot.Renew();
        Assert.Null(_store.UntilNextExpiry);
    }

    [Fact]
    public void A_key_no_table_can_hold_is_refused_and_the_batch_can_be_discarded()
    {
        _store.Put(1, "a", "1");
        StorageException error = Assert.Throws<StorageException>(() => _store.Apply(2, new byte[65_536], [1]));
        Assert.Equal(StorageFault.LimitExceeded, error.Fault);
        Assert.Contains("65536", error.Message, StringComparison.Ordinal);
        _store.Discard();
        _store.Apply(1, new byte[65_535], [1]);
        _store.Sync();
        _store.Flush();
        using ISnapshot snapshot = _store.OpenSnapshot();
        Assert.True(snapshot.TryGet(new byte[65_535], out _));
    }

    [Fact]
    public void Lookups_allocate_nothing_from_memtable_and_tables()
    {
        _store.Fill(200);
        AssertLookupsAllocateNothing("memtable");
        _store.Flush();
        _store.RunAllSteps();
        AssertLookupsAllocateNothing("tables");
    }

    [Fact]
    public void A_restart_replays_only_what_the_tables_do_not_cover()
    {
        _store.Fill(500);
        _store.Flush();
        _store.Fill(7, "later");
        LogPosition covered = _store.CheckpointPosition;
        _store.Dispose();
        _store = Open();

        Assert.Equal(new LogPosition(1, 500), covered);
        Assert.Equal(new LogPosition(1, 507), _store.Visible);
        Assert.Equal(507, CountKeys());
        Assert.True(_store.Log.Recovery.Entries < 500, $"{_store.Log.Recovery.Entries} entries were read again");
    }

    [Fact]
    public void Tables_are_listed_oldest_first_whatever_their_numbers()
    {
        _store.Fill(100);
        _store.Flush();
        _store.Fill(100);
        _store.Flush();
        _store.RequestCompaction();
        _store.RunAllSteps();
        _store.Put(201, "key000001", "newest");
        _store.Sync();
        _store.Flush();

        IReadOnlyList<string> paths = _store.GetTablePathsOldestFirst();
        using var newest = Storage.Tables.TableReader.Open(_disk, paths[^1]);
        Assert.Equal(1, newest.EntryCount);
        Assert.All(paths, path => Assert.True(_disk.FileExists(path)));
    }

    [Fact]
    public void The_log_is_deleted_below_the_checkpoint_but_for_the_last_transaction()
    {
        _store.Fill(2_000);
        _store.Flush();
        _store.RunAllSteps();
        Assert.True(_store.Log.First.Sequence > 1_000, $"first is {_store.Log.First}");
        using Storage.Log.LogCursor cursor = _store.Log.OpenCursor(_store.Durable);
        Assert.True(cursor.MoveNext());
        Assert.Equal(_store.Durable, cursor.LastPosition);
    }

    private int CountKeys()
    {
        using ISnapshot snapshot = _store.OpenSnapshot();
        return snapshot.Count();
    }

    private void AssertLookupsAllocateNothing(string where)
    {
        byte[][] keys = [.. Enumerable.Range(1, 250).Select(static i => Encoding.ASCII.GetBytes($"key{i:D6}"))];
        using ISnapshot snapshot = _store.OpenSnapshot();
        int found = 0;
        long allocated = AllocatedBytes.LeastOf(
            () =>
            {
                found = 0;
                foreach (byte[] key in keys)
                {
                    found += snapshot.TryGet(key, out _) ? 1 : 0;
                }
            },
            times: 40);
        Assert.True(allocated == 0, $"{where}: {allocated} bytes for 10,000 lookups");
        Assert.Equal(200, found);
    }

    private ReplicaStore Open() => ReplicaStore.Open(
        StoreEntries.SmallOptions() with { MaxSnapshots = 3, MaxSnapshotAge = TimeSpan.FromSeconds(60) },
        _faults,
        _time);
}
