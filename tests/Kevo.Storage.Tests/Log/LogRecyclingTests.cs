using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;

namespace Kevo.Storage.Tests.Log;

/// <summary>Files of deleted segments become new segments; what they held before is never taken for the log.</summary>
public sealed class LogRecyclingTests : IDisposable
{
    private readonly LogDirectory _directory = new();
    private readonly FaultInjectingFileSystem _disk = new(LinuxFileSystem.Instance);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_log_that_is_deleted_as_it_grows_needs_no_new_files()
    {
        using WriteAheadLog log = _directory.Begin(fileSystem: _disk);
        ulong sequence = Rotate(log, 1, segments: 3);
        int made = _disk.CountOf(LogOperations.Allocate);
        for (int round = 0; round < 20; round++)
        {
            Assert.True(log.DeleteBelow(log.Durable) > 0);
            sequence = Rotate(log, sequence, segments: 1);
            Assert.Equal(
                Entries.Expected(log.First.Sequence, (int)(sequence - log.First.Sequence)), log.ReadAll(log.First));
        }

        Assert.Equal(made, _disk.CountOf(LogOperations.Allocate));
        Assert.Equal(20, _disk.CountOf(LogOperations.Recycle));
        Assert.Equal(0, _disk.CountOf(LogOperations.Delete));
    }

    [Fact]
    public void More_than_four_deleted_segments_are_removed()
    {
        using WriteAheadLog log = _directory.Begin(fileSystem: _disk);
        _ = Rotate(log, 1, segments: 9);
        int deleted = log.DeleteBelow(log.Durable);
        Assert.Equal(9, deleted);
        Assert.Equal(5, _disk.CountOf(LogOperations.Delete));
        Assert.Equal(4, Directory.GetFiles(_directory.Path, "*.tmp").Length);
    }

    [Fact]
    public void A_file_that_cannot_be_removed_is_told_of_and_removed_when_the_log_is_opened_next()
    {
        using (WriteAheadLog log = _directory.Begin(fileSystem: _disk))
        {
            ulong sequence = Rotate(log, 1, segments: 9);
            _disk.Fail(LogOperations.Delete, fault: StorageFault.ReadOnly);
            Assert.Equal(
                StorageFault.ReadOnly,
                Assert.Throws<StorageException>(() => log.DeleteBelow(log.Durable)).Fault);
            log.Write(sequence, 1);
        }

        using WriteAheadLog again = _directory.Open();
        Assert.Empty(Directory.GetFiles(_directory.Path, "*.tmp"));
        Assert.True(again.First.Sequence > 1);
    }

    [Fact]
    public void A_segment_that_somebody_has_mapped_is_not_recycled()
    {
        using WriteAheadLog log = _directory.Begin(fileSystem: _disk);
        log.Append(Entries.Put(1));
        FrameReader frame = log.Seal();
        Assert.True(frame.TryRead(out _, out LogAddress address));
        log.Sync();
        ulong sequence = Rotate(log, 2, segments: 1);
        using SegmentPin pin = log.Pin(address);
        Assert.Equal(1, log.DeleteBelow(log.Durable));
        for (int round = 0; round < 3; round++)
        {
            sequence = Rotate(log, sequence, segments: 1);
            _ = log.DeleteBelow(log.Durable);
            Assert.Equal(Entries.Put(1), log.ReadEntry(address).Payload.ToArray());
        }

        Assert.True(_disk.CountOf(LogOperations.Recycle) > 0);
    }

    [Fact, Covers(RecoveryCase.RecycledTail)]
    public void What_a_recycled_file_held_before_is_free_space()
    {
        ulong next = LeaveRecycled();
        Assert.Equal(1U, BitConverter.ToUInt32(_directory.Read(LastSegment()), 20));
        Assert.Equal(0U, BitConverter.ToUInt32(_directory.Read(LastSegment() - 1), 20));
        Assert.True(_directory.Read(LastSegment())[^400..].AsSpan().IndexOfAnyExcept((byte)0) >= 0);
        using (WriteAheadLog log = _directory.Opens(RecoveryCase.RecycledTail, lastSequence: next - 1))
        {
            Assert.DoesNotContain(log.Recovery.Findings, static found => found.Decision == RecoveryDecision.Cut);
            log.Write(next, 1);
        }

        using WriteAheadLog again = _directory.Opens(RecoveryCase.RecycledTail, lastSequence: next);
        Assert.Equal(
            Entries.Expected(again.First.Sequence, (int)(next + 1 - again.First.Sequence)), again.ReadAll(again.First));
    }

    [Fact]
    public void An_unfinished_write_in_a_recycled_file_is_cut_and_written_over()
    {
        ulong next = LeaveRecycled();
        uint id = LastSegment();
        byte[] bytes = _directory.Read(id);
        int end = (int)LogInspector.Inspect(LinuxFileSystem.Instance, _directory.Path).Segments[^1].UsedBytes;
        ulong salt = BitConverter.ToUInt64(bytes, 40);
        BitConverter.TryWriteBytes(bytes.AsSpan(end), salt + (ulong)end);
        _directory.Write(id, bytes);
        using (WriteAheadLog log = _directory.Opens(RecoveryCase.TornTail, lastSequence: next - 1))
        {
            Assert.Equal(0UL, BitConverter.ToUInt64(_directory.Read(id), end));
        }

        using (WriteAheadLog log = _directory.Opens(RecoveryCase.RecycledTail, lastSequence: next - 1))
        {
            log.Write(next, 1);
        }

        _directory.Opens(RecoveryCase.RecycledTail, lastSequence: next).Dispose();
    }

    [Fact]
    public void No_bit_of_what_a_recycled_file_held_before_matters()
    {
        ulong next = LeaveRecycled();
        uint id = LastSegment();
        byte[] bytes = _directory.Read(id);
        int end = (int)LogInspector.Inspect(LinuxFileSystem.Instance, _directory.Path).Segments[^1].UsedBytes;
        for (int bit = end * 8; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            _directory.Write(id, bytes);
            LogInspection inspection = LogInspector.Inspect(LinuxFileSystem.Instance, _directory.Path);
            Assert.True(inspection.IsSound);
            Assert.Equal(next - 1, inspection.Segments[^1].LastSequence);
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }

    [Fact]
    public void A_hard_link_to_a_deleted_segment_keeps_what_it_had()
    {
        using WriteAheadLog log = _directory.Begin(fileSystem: _disk);
        ulong sequence = Rotate(log, 1, segments: 1);
        byte[] first = _directory.Read(1);
        string backup = _directory.Segment(1) + ".backup";
        LinuxFileSystem.Instance.Link("TEST:LINK", _directory.Segment(1), backup);
        Assert.Equal(1, log.DeleteBelow(log.Durable));
        _ = Rotate(log, sequence, segments: 2);
        Assert.Equal(1, _disk.CountOf(LogOperations.Recycle));
        Assert.Equal(first, File.ReadAllBytes(backup));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    public void An_inspection_leaves_out_segments_that_are_deleted_while_it_reads(int call)
    {
        using WriteAheadLog log = _directory.Begin(fileSystem: _disk);
        ulong sequence = Rotate(log, 1, segments: 3);
        var watched = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        int reads = 0;
        watched.OnOperation = _ =>
        {
            // Behind the list and the headers of all four: the first three are being read through, in two calls each.
            if (++reads == call)
            {
                Assert.Equal(3, log.DeleteBelow(log.Durable));
                sequence = Rotate(log, sequence, segments: 3);
            }
        };
        LogInspection inspection = LogInspector.Inspect(watched, _directory.Path);
        Assert.True(reads > call);
        Assert.True(inspection.IsSound, string.Join('\n', inspection.Findings));
        Assert.Equal(LastSegment() - 3, Assert.Single(inspection.Segments).Id);
        long dumped = LogInspector.Dump(watched, _directory.Path, LogPosition.None, static (in _) => true);
        Assert.Equal(log.ReadAll(log.First).Count, dumped);
    }

    private uint LastSegment() => Directory.GetFiles(_directory.Path, "*.seg")
        .Max(static path => uint.Parse(Path.GetFileNameWithoutExtension(path)));

    // A log whose open segment was another before and is not full; the sequence that comes next.
    private ulong LeaveRecycled()
    {
        using WriteAheadLog log = _directory.Begin();
        ulong sequence = Rotate(log, 1, segments: 1);
        Assert.Equal(1, log.DeleteBelow(log.Durable));
        return Rotate(log, sequence, segments: 1);
    }

    // Writes small frames until so many further segments have been published; the sequence that comes next.
    private static ulong Rotate(WriteAheadLog log, ulong sequence, int segments)
    {
        int before = log.ListSegments().Count;
        while (log.ListSegments().Count < before + segments)
        {
            log.Write(sequence, 4);
            sequence += 4;
        }

        return sequence;
    }
}
