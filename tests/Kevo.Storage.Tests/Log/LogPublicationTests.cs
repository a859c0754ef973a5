using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Testing.Disk;

namespace Kevo.Storage.Tests.Log;

/// <summary>A segment is published while the frame that begins it goes on growing.</summary>
public sealed class LogPublicationTests
{
    private const string Directory = "/data/log";
    private const int SegmentSize = 16 << 10;

    private readonly SimulatedFileSystem _disk = new();
    private readonly FaultInjectingFileSystem _faults;
    private bool _isBusy;

    public LogPublicationTests() => _faults = new FaultInjectingFileSystem(_disk) { IsBusy = () => _isBusy };

    [Fact]
    public void The_frame_grows_until_the_segment_is_part_of_the_log()
    {
        using (WriteAheadLog log = BeginPublication())
        {
            Assert.False(log.TryAwaitSync(TimeSpan.Zero));
            Assert.Equal(1, log.GetStatistics().Segments);
            log.Append(30, 5);
            _isBusy = false;
            Assert.True(log.TryAwaitSync(TimeSpan.Zero));
            log.BeginSync();
            Assert.Equal(2, log.GetStatistics().Segments);
            log.EndSync();
        }

        AssertHolds(34);
    }

    [Fact]
    public void A_sync_waits_for_it()
    {
        using (WriteAheadLog log = BeginPublication())
        {
            log.Sync();
            log.Write(30, 1);
        }

        AssertHolds(30);
    }

    [Fact]
    public void A_frame_that_is_given_up_leaves_the_segment_to_the_next_one()
    {
        using (WriteAheadLog log = BeginPublication())
        {
            log.Discard();
            Assert.Equal(2, log.GetStatistics().Segments);
            log.Write(log.Durable.Sequence + 1, 3);
            AssertHolds(log.Durable.Sequence, _disk.CrashImage(1));
        }
    }

    [Fact]
    public void A_frame_that_outgrows_the_segment_leaves_it_empty_and_goes_on_in_the_one_after_it()
    {
        using (WriteAheadLog log = BeginPublication())
        {
            log.Append(30, 12, 2_000);
            Assert.Equal(2, log.GetStatistics().Segments);
            _isBusy = false;
            log.Sync();
            Assert.Equal(3, log.GetStatistics().Segments);
            log.Write(42, 1);
        }

        using WriteAheadLog again = Open();
        Assert.Equal(new LogPosition(1, 42), again.Durable);
        Assert.Equal(42, again.ReadAll(new LogPosition(1, 1)).Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_failure_costs_the_frame_and_no_more(bool isMet)
    {
        using (WriteAheadLog log = BeginPublication())
        {
            ulong durable = log.Durable.Sequence;
            _faults.Fail(LogOperations.Rename, _faults.CountOf(LogOperations.Rename) + 1);
            if (isMet)
            {
                Assert.Equal(StorageFault.InputOutput, Assert.Throws<StorageException>(log.BeginSync).Fault);
                Assert.Throws<InvalidOperationException>(() => log.Append(Entries.Put(durable + 1)));
            }

            log.Discard();
            Assert.Equal(durable, log.Durable.Sequence);
            log.Write(durable + 1, 1);
            log.Append(durable + 2, 3, 2_000);
            log.Sync();
            Assert.Equal(2, log.GetStatistics().Segments);
            Assert.Equal((int)durable + 4, log.ReadAll(new LogPosition(1, 1)).Count);
        }

        using WriteAheadLog again = Open();
        Assert.Equal(again.Durable.Sequence, (ulong)again.ReadAll(new LogPosition(1, 1)).Count);
    }

    [Fact]
    public void A_failure_while_the_frame_grows_out_of_the_segment_leaves_nothing_behind()
    {
        using (WriteAheadLog log = BeginPublication())
        {
            ulong durable = log.Durable.Sequence;
            _faults.Fail(LogOperations.Rename, _faults.CountOf(LogOperations.Rename) + 1);
            Assert.Equal(
                StorageFault.InputOutput, Assert.Throws<StorageException>(() => log.Append(30, 12, 2_000)).Fault);
            log.Discard();
            log.Write(durable + 1, 1);
            Assert.True(_disk.ListFiles("TEST:LIST", Directory).Count <= 3);
        }

        using WriteAheadLog again = Open();
        Assert.Equal(again.Durable.Sequence, (ulong)again.ReadAll(new LogPosition(1, 1)).Count);
    }

    // As when no more files may be open: a directory is opened to be synced.
    [Fact]
    public void Any_failure_behind_the_rename_is_final()
    {
        using (WriteAheadLog log = BeginPublication())
        {
            _faults.OnOperation = operation =>
            {
                if (operation.Name == LogOperations.SyncDirectory)
                {
                    throw new StorageException(StorageFault.InputOutput, "Too many open files.", operation.Path);
                }
            };
            Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(log.Discard).Fault);
            Assert.NotNull(log.Failure);
            _faults.OnOperation = null;
        }

        using WriteAheadLog again = Open();
        Assert.Equal(20ul, again.Durable.Sequence);
    }

    [Theory]
    [InlineData(LogOperations.SyncEnd)]
    [InlineData(LogOperations.SyncHeader)]
    [InlineData(LogOperations.SyncDirectory)]
    public void A_failed_sync_is_final_even_for_a_frame_that_is_given_up(string operation)
    {
        using WriteAheadLog log = BeginPublication();
        _faults.Fail(operation, _faults.CountOf(operation) + 1);
        Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(log.Discard).Fault);
        Assert.NotNull(log.Failure);
        Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(log.BeginSync).Fault);
    }

    [Fact]
    public void A_log_on_a_real_disk_is_closed_at_any_moment_of_it()
    {
        using TemporaryDirectory directory = new();
        ulong durable = 0;
        for (int round = 0; round < 40; round++)
        {
            using WriteAheadLog log = WriteAheadLog.Open(
                new LogOptions { Directory = directory.Path, SegmentSize = SegmentSize }, LinuxFileSystem.Instance);
            if (round == 0)
            {
                log.BeginEpoch(LogDirectory.Start);
            }

            Assert.InRange(log.Durable.Sequence, durable, durable + 1);
            durable = log.Durable.Sequence;
            log.Append(durable + 1, 1, 9_000);
            while (!log.TryAwaitSync(TimeSpan.FromMilliseconds(round % 3)))
            {
                // Until the segment that the frame begins is published, when it begins one.
            }

            log.Sync();
            durable++;
            log.Append(durable + 1, 1, 9_000);
            _ = log.TryAwaitSync(TimeSpan.Zero);
        }
    }

    // 29 transactions at most, the last in an open frame that begins a segment, on a disk that is busy from then on.
    private WriteAheadLog BeginPublication()
    {
        WriteAheadLog log = Open();
        log.BeginEpoch(LogDirectory.Start);
        log.Write(1, 20, 700);
        log.Append(21, 9, 500);
        _isBusy = true;
        Assert.False(log.TryAwaitSync(TimeSpan.Zero));
        return log;
    }

    private WriteAheadLog Open(IFileSystem? disk = null) => WriteAheadLog.Open(
        new LogOptions { Directory = Directory, SegmentSize = SegmentSize }, disk ?? _faults);

    private void AssertHolds(ulong last, SimulatedFileSystem? disk = null)
    {
        using WriteAheadLog log = Open(disk ?? _disk);
        Assert.Equal(new LogPosition(1, last), log.Durable);
        Assert.Equal((int)last, log.ReadAll(new LogPosition(1, 1)).Count);
        log.Write(last + 1, 1);
    }
}
