using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;

namespace Kevo.Storage.Tests.Log;

/// <summary>Each call to the disk fails: a failed sync is final, anything else costs the open frame at most.</summary>
public sealed class LogFaultTests
{
    private const string Directory = "/data/log";

    private static long s_salt = 77;

    public static TheoryData<string> Syncs { get; } =
    [
        LogOperations.SyncFrame, LogOperations.SyncHeader, LogOperations.SyncEnd, LogOperations.SyncDirectory,
        LogOperations.SyncAllocation, LogOperations.SyncDelete,
    ];

    public static TheoryData<string, StorageFault> Steps { get; } = new()
    {
        { LogOperations.Allocate, StorageFault.Full },
        { LogOperations.Allocate, StorageFault.InputOutput },
        { LogOperations.WriteFrame, StorageFault.Full },
        { LogOperations.WriteFrame, StorageFault.InputOutput },
        { LogOperations.Rename, StorageFault.Full },
        { LogOperations.Rename, StorageFault.InputOutput },
        { LogOperations.Truncate, StorageFault.InputOutput },
        { LogOperations.Retire, StorageFault.ReadOnly },
    };

    public static TheoryData<string> OpeningSteps { get; } =
    [
        LogOperations.Lock, LogOperations.RecoverySyncDirectory, LogOperations.RecoverySyncFile,
        LogOperations.RecoveryRead, LogOperations.RecoveryDelete, LogOperations.RecoveryCut, LogOperations.Map,
        LogOperations.SyncParent,
    ];

    [Theory]
    [MemberData(nameof(Syncs))]
    public async Task A_failed_sync_is_latched(string operation)
    {
        var disk = new SimulatedFileSystem();
        var faults = new FaultInjectingFileSystem(disk);
        using WriteAheadLog log = Begin(faults);
        log.Write(1, 3);
        faults.Fail(operation, faults.CountOf(operation) + 1);
        ValueTask waiting = log.WaitForDurableAsync(new LogPosition(1, 1000), TestContext.Current.CancellationToken);
        StorageException failed = Assert.Throws<StorageException>(
            () => WriteUntilRotated(log, log.Durable.Sequence + 1));
        Assert.Equal(StorageFault.SyncFailed, failed.Fault);
        LogPosition durable = log.Durable;

        Assert.Equal(StorageFault.SyncFailed, (await Assert.ThrowsAsync<StorageException>(waiting.AsTask)).Fault);
        Assert.NotNull(log.Failure);
        foreach (Action call in new Action[]
        {
            () => log.Append(Entries.Put(durable.Sequence + 1)), () => log.Sync(), () => log.Discard(),
            () => log.Seal(), () => log.BeginSync(), () => log.EndSync(),
            () => log.PrepareNextSegment(), () => log.BeginEpoch(new LogPosition(9, 0)),
            () => log.DeleteBelow(new LogPosition(1, 2)),
        })
        {
            StorageException again = Assert.Throws<StorageException>(call);
            Assert.Equal(StorageFault.SyncFailed, again.Fault);
        }

        Assert.Equal(durable, log.Durable);
        log.Dispose();
        disk.Crash(3);
        using WriteAheadLog recovered = Open(disk);
        Assert.True(recovered.Durable >= durable);
    }

    [Theory]
    [MemberData(nameof(Steps))]
    public void Any_other_failure_costs_the_open_frame_only(string operation, StorageFault fault)
    {
        var disk = new SimulatedFileSystem();
        var faults = new FaultInjectingFileSystem(disk);
        using (WriteAheadLog log = Begin(faults))
        {
            log.Write(1, 3);
            faults.Fail(operation, faults.CountOf(operation) + 1, fault);
            StorageException failed = Assert.Throws<StorageException>(() => WriteUntilRotated(log, 4));
            Assert.Equal(fault, failed.Fault);
            ulong durable = log.Durable.Sequence;
            if (operation != LogOperations.Retire)
            {
                Assert.Throws<InvalidOperationException>(() => log.Append(Entries.Put(durable + 1)));
                Assert.Throws<InvalidOperationException>(() => log.Sync());
            }

            log.Discard();
            WriteUntilRotated(log, durable + 1);
            Assert.Equal(log.First.Sequence, (ulong)(log.Durable.Sequence - (ulong)log.ReadAll(log.First).Count + 1));
        }

        disk.Crash(5);
        using WriteAheadLog recovered = Open(disk);
        Assert.True(recovered.Durable.Sequence > 4);
    }

    [Theory]
    [MemberData(nameof(OpeningSteps))]
    public void A_failure_while_opening_is_told_and_opening_again_works(string operation)
    {
        var disk = new SimulatedFileSystem();
        using (WriteAheadLog log = Begin(disk))
        {
            log.Write(1, 3);
            _ = log.PrepareNextSegment();
        }

        LeaveTornTail(disk);

        var faults = new FaultInjectingFileSystem(disk);
        faults.Fail(operation);
        Assert.Throws<StorageException>(() => Open(faults).Dispose());
        using WriteAheadLog again = Open(disk);
        Assert.Equal(3UL, again.Durable.Sequence);
    }

    [Fact]
    public void A_disk_that_fills_up_stops_the_log_without_loss_and_it_goes_on_when_there_is_room()
    {
        var disk = new SimulatedFileSystem { Capacity = 5 * 4096 };
        using WriteAheadLog log = Begin(disk);
        ulong sequence = 1;
        StorageException full = Assert.Throws<StorageException>(() =>
        {
            for (int frame = 0; frame < 1000; frame++)
            {
                log.Write(sequence, 10);
                sequence += 10;
            }
        });
        Assert.Equal(StorageFault.Full, full.Fault);
        log.Discard();
        Assert.Equal(sequence - 1, log.Durable.Sequence);
        Assert.Equal(Entries.Expected(1, (int)sequence - 1), log.ReadAll(new LogPosition(1, 1)));
        Assert.Throws<StorageException>(() => log.Write(sequence, 200));
        log.Discard();

        Assert.True(log.DeleteBelow(log.Durable) > 0);
        log.Write(sequence, 10);
        Assert.Equal(sequence + 9, log.Durable.Sequence);
    }

    private static WriteAheadLog Open(IFileSystem disk) => WriteAheadLog.Open(
        new LogOptions { Directory = Directory, SegmentSize = 4096, SaltSource = NextSalt }, disk);

    private static ulong NextSalt() => (ulong)Interlocked.Add(ref s_salt, 2);

    private static WriteAheadLog Begin(IFileSystem disk)
    {
        WriteAheadLog log = Open(disk);
        log.BeginEpoch(LogDirectory.Start);
        return log;
    }

    private static void LeaveTornTail(SimulatedFileSystem disk)
    {
        using IMappedFile segment = disk.OpenMapped(
            "TEST:OPEN", Path.Combine(Directory, LogFiles.SegmentName(1)), writable: true);
        segment.Write(segment.Length - 100, 1)[0] = 1;
    }

    // Touches every kind of call: enough frames for several segments, a prepared one, and deletion.
    private static void WriteUntilRotated(WriteAheadLog log, ulong sequence)
    {
        ulong end = sequence + 200;
        while (sequence < end)
        {
            log.Write(sequence, 10);
            sequence += 10;
        }

        _ = log.PrepareNextSegment();
        _ = log.DeleteBelow(new LogPosition(1, sequence - 50));
    }
}
