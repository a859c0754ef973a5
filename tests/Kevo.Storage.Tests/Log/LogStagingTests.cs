using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Testing.Disk;

namespace Kevo.Storage.Tests.Log;

/// <summary>Frames of several megabytes: written in parts while they are filled, moved, given up, outgrowing.</summary>
public sealed class LogStagingTests
{
    private const string Directory = "/data/log";
    private const int Segment = 8 << 20;
    private const int Value = 64 << 10;

    // 72 entries of 64 KiB are 4.5 MiB: two parts are written before the frame is sealed.
    private const int Long = 72;

    private readonly SimulatedFileSystem _disk = new();

    [Fact]
    public void A_long_frame_is_written_in_parts_and_read_back_whole()
    {
        var faults = new FaultInjectingFileSystem(_disk);
        using (WriteAheadLog log = Begin(faults))
        {
            log.Write(1, 3);
            int before = faults.CountOf(LogOperations.WriteFrame);
            log.Write(4, Long, Value);
            Assert.True(faults.CountOf(LogOperations.WriteFrame) - before > 2);
            log.Write(4 + Long, 3);
            Assert.Equal(History(4 + Long + 2), log.ReadAll(new LogPosition(1, 1)));
        }

        _disk.Crash(1);
        using WriteAheadLog again = Open(_disk);
        Assert.Equal(History(4 + Long + 2), again.ReadAll(new LogPosition(1, 1)));
    }

    [Fact]
    public void A_long_frame_may_begin_anywhere_in_a_page()
    {
        // The first frame pushes the second through every place around the end of a page: its header too lies across.
        for (int length = 3880; length < 4120; length += 8)
        {
            var disk = new SimulatedFileSystem();
            using WriteAheadLog log = WriteAheadLog.Open(
                new LogOptions { Directory = Directory, SegmentSize = 3 << 20 }, disk);
            log.BeginEpoch(LogDirectory.Start);
            log.Write(1, 1, length);
            log.Write(2, 36, Value);
            log.Write(38, 1);
            Assert.Equal(38, log.ReadAll(new LogPosition(1, 1)).Count);
        }
    }

    [Fact]
    public void A_long_frame_that_is_given_up_leaves_nothing_behind()
    {
        using (WriteAheadLog log = Begin(_disk))
        {
            log.Write(1, 3);
            log.Append(4, Long, Value);
            log.Discard();
            log.Write(4, 1);
        }

        using WriteAheadLog again = Open(_disk);
        Assert.Contains(again.Recovery.Findings, static finding => finding.Case == RecoveryCase.ZeroTail);
        Assert.Equal(Entries.Expected(1, 4), again.ReadAll(new LogPosition(1, 1)));
    }

    [Fact]
    public void A_power_cut_inside_a_long_frame_is_a_torn_tail()
    {
        using (WriteAheadLog log = Begin(_disk))
        {
            log.Write(1, 3);
            log.Append(4, Long, Value);
            Assert.Equal(new LogPosition(1, 3), log.Durable);
        }

        // The process is gone, the page cache is not: what was written ahead is there, without a header.
        using WriteAheadLog again = Open(_disk);
        Assert.Contains(again.Recovery.Findings, static finding => finding.Case == RecoveryCase.TornTail);
        Assert.Equal(3UL, again.Durable.Sequence);
        again.Write(4, 2);
    }

    [Fact]
    public void A_long_frame_that_outgrows_its_segment_moves_whole()
    {
        using WriteAheadLog log = Begin(_disk);
        log.Write(1, 80, Value);
        log.Append(81, 80, Value);
        log.Sync();
        Assert.Equal(2, log.GetStatistics().Segments);
        Assert.Equal(Entries.Expected(1, 160, Value), log.ReadAll(new LogPosition(1, 1)));
        log.Dispose();
        using WriteAheadLog again = Open(_disk);
        Assert.Equal(160UL, again.Durable.Sequence);
    }

    [Fact]
    public void A_transaction_larger_than_the_stage_goes_on_in_the_mapping()
    {
        const int Count = 300;
        using WriteAheadLog log = Begin(_disk);
        log.Write(1, 1);
        for (int i = 0; i < Count; i++)
        {
            log.Append(Entries.Put(2, Value));
        }

        log.Sync();
        log.Write(3, 2);
        log.Dispose();
        using WriteAheadLog again = Open(_disk);
        Assert.Equal(4UL, again.Durable.Sequence);
        Assert.Equal(1 + Count + 2, again.ReadAll(new LogPosition(1, 1)).Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Whichever_part_of_a_long_frame_cannot_be_written_only_that_frame_is_lost(int part)
    {
        var faults = new FaultInjectingFileSystem(_disk);
        using WriteAheadLog log = Begin(faults);
        log.Write(1, 3);
        faults.Fail(
            LogOperations.WriteFrame, faults.CountOf(LogOperations.WriteFrame) + part, StorageFault.InputOutput);
        StorageException failed = Assert.Throws<StorageException>(() =>
        {
            log.Append(4, Long, Value);
            log.Sync();
        });
        Assert.Equal(StorageFault.InputOutput, failed.Fault);
        Assert.Equal(new LogPosition(1, 3), log.Durable);
        Assert.Throws<InvalidOperationException>(() => log.Append(Entries.Put(4)));
        Assert.Throws<InvalidOperationException>(log.Sync);
        log.Discard();
        log.Write(4, 2);
        Assert.Equal(Entries.Expected(1, 5), log.ReadAll(new LogPosition(1, 1)));
        log.Dispose();
        using WriteAheadLog again = Open(_disk);
        Assert.Contains(again.Recovery.Findings, static finding => finding.Case == RecoveryCase.ZeroTail);
        Assert.Equal(5UL, again.Durable.Sequence);
    }

    [Fact]
    public void Long_frames_in_steady_state_allocate_no_buffer()
    {
        string directory = System.IO.Directory.CreateTempSubdirectory("kevo-staging-").FullName;
        try
        {
            using WriteAheadLog log = WriteAheadLog.Open(
                new LogOptions { Directory = directory }, LinuxFileSystem.Instance);
            log.BeginEpoch(LogDirectory.Start);
            byte[] payload = Entries.Put(1, Value);

            // The thread pool makes room in its own queue now and then; 26 MiB go through in each round.
            Assert.InRange(AllocatedBytes.LeastOf(() => Fill(log, payload, frames: 10), rounds: 3), 0, 4096);
        }
        finally
        {
            System.IO.Directory.Delete(directory, recursive: true);
        }
    }

    private static void Fill(WriteAheadLog log, byte[] payload, int frames)
    {
        for (int frame = 0; frame < frames; frame++)
        {
            for (int i = 0; i < Long; i++)
            {
                System.Buffers.Binary.BinaryPrimitives.WriteUInt64LittleEndian(
                    payload.AsSpan(1), log.Appended.Sequence + 1);
                log.Append(WalEntry.FromVerified(payload));
            }

            log.Sync();
        }
    }

    private static IEnumerable<string> History(int last) => Entries.Expected(1, 3)
        .Concat(Entries.Expected(4, Long, Value)).Concat(Entries.Expected(4 + Long, last - 3 - Long));

    private static WriteAheadLog Open(IFileSystem disk) =>
        WriteAheadLog.Open(new LogOptions { Directory = Directory, SegmentSize = Segment }, disk);

    private static WriteAheadLog Begin(IFileSystem disk)
    {
        WriteAheadLog log = Open(disk);
        log.BeginEpoch(LogDirectory.Start);
        return log;
    }
}
