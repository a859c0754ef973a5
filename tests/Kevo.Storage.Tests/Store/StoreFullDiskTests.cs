using Kevo.Core;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Store;

public class StoreFullDiskTests
{
    [Fact]
    public void When_flushing_finds_no_room_ingest_goes_on_until_memory_is_used_up_then_stops_and_loses_nothing()
    {
        var disk = new SimulatedFileSystem();
        var faults = new FaultInjectingFileSystem(disk);
        bool full = true;
        faults.OnOperation = operation =>
        {
            if (full && operation.Name.StartsWith("TABLE:", StringComparison.Ordinal))
            {
                throw new StorageException(StorageFault.Full, $"{operation.Name}: no space is left.", operation.Path);
            }
        };
        using ReplicaStore store = ReplicaStore.Open(StoreEntries.SmallOptions(), faults);
        store.BeginEpoch(new LogPosition(1, 0));

        StorageException error = Assert.Throws<StorageException>(() => store.Fill(100_000));
        Assert.Equal(StorageFault.Full, error.Fault);
        ulong reached = store.Durable.Sequence;
        Assert.True(reached > 100, $"stopped at {reached}");
        Assert.Equal(StoreOptions.MemtablesMax, store.GetStatistics().MemtableCount);
        Assert.Equal(StorageFault.Full, store.BackgroundFailure?.Fault);
        Assert.Null(store.Failure);
        AssertHolds(store, reached);

        full = false;
        store.Discard();
        store.Fill(1_000);
        Assert.Null(store.BackgroundFailure);
        AssertHolds(store, reached + 1_000);
    }

    [Fact]
    public void When_the_log_finds_no_room_the_batch_is_lost_and_the_store_goes_on_later()
    {
        var disk = new SimulatedFileSystem { Capacity = 120 << 10 };
        StoreOptions options = StoreEntries.SmallOptions() with { MemtableBytes = 1 << 20 };
        using ReplicaStore store = ReplicaStore.Open(options, disk);
        store.BeginEpoch(new LogPosition(1, 0));
        Assert.Equal(StorageFault.Full, Assert.Throws<StorageException>(() => store.Fill(100_000)).Fault);
        ulong reached = store.Durable.Sequence;
        store.Discard();
        AssertHolds(store, reached);

        disk.Capacity = long.MaxValue;
        store.Fill(100);
        AssertHolds(store, reached + 100);
    }

    private static void AssertHolds(ReplicaStore store, ulong count)
    {
        using ISnapshot snapshot = store.OpenSnapshot();
        Assert.Equal(count, snapshot.Position.Sequence);
        Assert.Equal((int)count, snapshot.Count());
    }
}
