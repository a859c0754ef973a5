using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Testing.Disk;

namespace Kevo.Storage.Tests.Log;

/// <summary>A frame is filled while the disk is at work on the one before it.</summary>
public sealed class LogSyncBehindTests
{
    private const string Directory = "/data/log";

    private readonly SimulatedFileSystem _disk = new();

    [Fact]
    public void A_frame_is_durable_when_its_sync_has_ended_and_not_before()
    {
        using WriteAheadLog log = Begin(_disk);
        log.Write(1, 1);
        log.Append(2, 3);
        log.BeginSync();
        log.Append(5, 2);
        Assert.Equal(new LogPosition(1, 1), log.Durable);
        Assert.Equal(new LogPosition(1, 6), log.Appended);
        Assert.Equal(Entries.Expected(1, 1), log.ReadAll(new LogPosition(1, 1)));

        log.EndSync();
        Assert.Equal(new LogPosition(1, 4), log.Durable);
        Assert.Equal(2, log.OpenFrameEntries);
        Assert.Equal(Entries.Expected(1, 4), log.ReadAll(new LogPosition(1, 1)));

        log.Sync();
        Assert.Equal(Entries.Expected(1, 6), log.ReadAll(new LogPosition(1, 1)));
        Assert.Equal((3, 6), ((int)log.GetStatistics().SyncedFrames, (int)log.GetStatistics().SyncedEntries));
    }

    [Fact]
    public void A_sync_without_anything_appended_still_ends_the_one_under_way()
    {
        using WriteAheadLog log = Begin(_disk);
        log.Append(1, 3);
        log.BeginSync();
        log.Sync();
        Assert.Equal(new LogPosition(1, 3), log.Durable);
        log.BeginSync();
        log.EndSync();
        Assert.Equal(1, log.GetStatistics().SyncedFrames);
    }

    [Fact]
    public void What_a_crash_finds_is_a_whole_number_of_frames()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var disk = new SimulatedFileSystem();
            using (WriteAheadLog log = Begin(disk))
            {
                log.Write(1, 1);
                log.Append(2, 3);
                log.BeginSync();
                log.Append(5, 2);
                disk.Crash(seed);
            }

            using WriteAheadLog again = Open(disk);
            Assert.Contains(again.Durable.Sequence, new ulong[] { 1, 4 });
            Assert.Equal(Entries.Expected(1, (int)again.Durable.Sequence), again.ReadAll(new LogPosition(1, 1)));
        }
    }

    [Fact]
    public void A_frame_that_outgrows_memory_waits_for_a_busy_disk()
    {
        _disk.IsBusy = () => true;
        using WriteAheadLog log = Begin(_disk, segmentSize: 64 << 20);
        log.Write(1, 1);
        log.Append(2, 1);
        log.BeginSync();
        byte[] before = Segment();
        ulong sequence = 2;
        while (log.Durable.Sequence == 1)
        {
            Assert.True(before.AsSpan().SequenceEqual(Segment()), "The frame is in the file too early.");
            sequence++;
            log.Append(sequence, 1, 4 << 20);
        }

        Assert.InRange(log.OpenFrameBytes, 24 << 20, 32 << 20);
        log.Sync();
        Assert.Equal(new LogPosition(1, sequence), log.Durable);
    }

    // Otherwise a crash could leave a bad frame with a good one behind it, which recovery must take for damage.
    [Theory]
    [InlineData(40, 64 << 10)]
    [InlineData(1, 8 << 20)]
    public void No_byte_of_a_frame_is_in_the_file_before_the_frame_before_it_is_durable(int count, int value)
    {
        using WriteAheadLog log = Begin(_disk, segmentSize: 32 << 20);
        log.Write(1, 1);
        log.Append(2, 1);
        log.BeginSync();
        Assert.Equal(new LogPosition(1, 1), log.Durable);
        log.Append(3, count, value);
        Assert.Equal(new LogPosition(1, 2), log.Durable);
    }

    [Fact]
    public void A_long_frame_waits_in_memory_while_the_disk_is_busy()
    {
        bool isBusy = true;
        _disk.IsBusy = () => isBusy;
        using WriteAheadLog log = Begin(_disk, segmentSize: 32 << 20);
        log.Write(1, 1);
        log.Append(2, 1);
        Assert.True(log.TryAwaitSync(TimeSpan.Zero));
        log.BeginSync();
        Assert.False(log.TryAwaitSync(TimeSpan.FromMilliseconds(1)));
        byte[] before = Segment();
        log.Append(3, 60, 64 << 10);
        Assert.Equal(new LogPosition(1, 1), log.Durable);
        Assert.True(before.AsSpan().SequenceEqual(Segment()), "The frame is in the file too early.");

        isBusy = false;
        log.Append(63, 40, 64 << 10);
        Assert.Equal(new LogPosition(1, 2), log.Durable);
        log.BeginSync();
        log.EndSync();
        Assert.Equal(
            [.. Entries.Expected(1, 2), .. Entries.Expected(3, 100, 64 << 10)], log.ReadAll(new LogPosition(1, 1)));
    }

    // The checksum is computed while the disk is at work; what is appended afterwards is part of it all the same, in
    // whichever segment the frame ends.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(3, 100)]
    [InlineData(40, 9_000)]
    public void A_frame_that_waited_for_the_disk_is_whole_however_it_grew_then(int more, int value)
    {
        const int SegmentSize = 128 << 10;
        bool isBusy = false;
        _disk.IsBusy = () => isBusy;
        using (WriteAheadLog log = Begin(_disk, SegmentSize))
        {
            log.Write(1, 1);
            log.Append(2, 1);
            log.BeginSync();
            log.Append(3, 5, 333);
            isBusy = true;
            Assert.False(log.TryAwaitSync(TimeSpan.Zero));
            Assert.False(log.TryAwaitSync(TimeSpan.Zero));
            if (more > 0)
            {
                log.Append(8, more, value);
            }

            isBusy = false;
            log.BeginSync();
        }

        using WriteAheadLog again = Open(_disk, SegmentSize);
        Assert.Equal(
            [.. Entries.Expected(1, 2), .. Entries.Expected(3, 5, 333), .. Entries.Expected(8, more, value)],
            again.ReadAll(new LogPosition(1, 1)));
        Assert.Equal(value == 9_000 ? 2 : 1, again.GetStatistics().Segments);
    }

    [Fact]
    public void A_frame_that_is_given_up_takes_nothing_of_the_one_before_along()
    {
        using WriteAheadLog log = Begin(_disk);
        log.Append(1, 3);
        log.BeginSync();
        log.Append(4, 5);
        log.Discard();
        Assert.Equal(new LogPosition(1, 3), log.Durable);
        log.Write(4, 1);
        Assert.Equal(Entries.Expected(1, 4), log.ReadAll(new LogPosition(1, 1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_failed_sync_is_met_by_whatever_comes_next_and_is_final(int next)
    {
        var faults = new FaultInjectingFileSystem(_disk);
        using WriteAheadLog log = Begin(faults);
        log.Write(1, 1);
        log.Append(2, 1);
        faults.Fail(LogOperations.SyncFrame, faults.CountOf(LogOperations.SyncFrame) + 1);
        log.BeginSync();
        log.Append(3, 1);
        Action[] calls = [() => log.EndSync(), () => log.BeginSync(), () => log.Seal(), () => log.Discard()];
        Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(calls[next]).Fault);
        Assert.All(calls, call =>
            Assert.Equal(StorageFault.SyncFailed, Assert.Throws<StorageException>(call).Fault));
        Assert.Equal(new LogPosition(1, 1), log.Durable);
    }

    [Fact]
    public void A_log_is_closed_while_the_disk_is_at_work()
    {
        using TemporaryDirectory directory = new();
        for (ulong round = 0; round < 20; round++)
        {
            using WriteAheadLog log = WriteAheadLog.Open(
                new LogOptions { Directory = directory.Path }, LinuxFileSystem.Instance);
            if (round == 0)
            {
                log.BeginEpoch(LogDirectory.Start);
            }

            Assert.Equal(round, log.Durable.Sequence);
            log.Append(round + 1, 1, 1 << 20);
            log.BeginSync();
        }
    }

    private byte[] Segment() =>
        _disk.ReadAllBytes("TEST:READ", $"{Directory}/{LogFiles.SegmentName(1)}", int.MaxValue);

    private static WriteAheadLog Open(IFileSystem disk, int segmentSize = 8 << 20) =>
        WriteAheadLog.Open(new LogOptions { Directory = Directory, SegmentSize = segmentSize }, disk);

    private static WriteAheadLog Begin(IFileSystem disk, int segmentSize = 8 << 20)
    {
        WriteAheadLog log = Open(disk, segmentSize);
        log.BeginEpoch(LogDirectory.Start);
        return log;
    }
}
