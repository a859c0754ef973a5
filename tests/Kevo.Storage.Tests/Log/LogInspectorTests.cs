using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.Storage.Tests.Log;

public sealed class LogInspectorTests : IDisposable
{
    private readonly LogDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void An_inspection_sums_up_the_log_while_it_is_open()
    {
        using WriteAheadLog log = _directory.Begin();
        log.Write(1, 200);
        log.Write(201, 5);
        LogInspection inspection = LogInspector.Inspect(LinuxFileSystem.Instance, _directory.Path);
        Assert.True(inspection.IsSound);
        Assert.Equal(205, inspection.Entries);
        Assert.Equal(2, inspection.Frames);
        Assert.Equal(1UL, inspection.Segments[0].FirstSequence);
        Assert.Equal(205UL, inspection.Segments[^1].LastSequence);
        Assert.Equal(1UL, inspection.Segments[^1].Epoch);
        Assert.False(inspection.Segments[^1].Closed);
        Assert.Equal(log.GetStatistics().Bytes, inspection.Bytes);
    }

    [Fact]
    public void Progress_is_told_after_every_frame_and_ends_at_the_bytes_in_use()
    {
        _ = _directory.Fill(60);
        var progress = new ProgressRecorder();
        LogInspection inspection = LogInspector.Inspect(
            LinuxFileSystem.Instance, _directory.Path, progress, TestContext.Current.CancellationToken);
        Assert.True(inspection.Segments.Count > 1);
        Assert.Equal(inspection.Frames, progress.Reports.Count);
        Assert.True(progress.Reports.Zip(progress.Reports.Skip(1)).All(pair => pair.First.Done < pair.Second.Done));
        long total = inspection.Segments.Sum(segment => segment.FileLength);
        Assert.All(progress.Reports, report => Assert.Equal(total, report.Total));
        Assert.InRange(progress.Reports[^1].Done, total - inspection.Segments[^1].FileLength, total);
    }

    [Fact]
    public void All_damage_is_reported_with_file_and_offset_and_nothing_is_changed()
    {
        _ = _directory.Fill(60);
        byte[] first = _directory.Read(1);
        first[100] ^= 1;
        _directory.Write(1, first);
        byte[] third = _directory.Read(3);
        third[57] ^= 1;
        _directory.Write(3, third);

        LogInspection inspection = LogInspector.Inspect(LinuxFileSystem.Instance, _directory.Path);
        Assert.False(inspection.IsSound);
        RecoveryFinding frame = Assert.Single(
            inspection.Findings, static finding => finding.Case == RecoveryCase.BadFrameBeforeValidFrame);
        Assert.Equal(_directory.Segment(1), frame.Path);
        Assert.Equal(64, frame.Offset);
        RecoveryFinding header = Assert.Single(
            inspection.Findings, static finding => finding.Case == RecoveryCase.CorruptHeader);
        Assert.Equal(_directory.Segment(3), header.Path);
        Assert.Equal(first, _directory.Read(1));
        Assert.Equal(third, _directory.Read(3));
    }

    [Fact]
    public void A_dump_hands_over_the_entries_from_a_position_on_and_ends_when_told()
    {
        int last = _directory.Fill(60);
        List<ulong> sequences = [];
        long count = LogInspector.Dump(
            LinuxFileSystem.Instance,
            _directory.Path,
            new LogPosition(1, 123),
            (in InspectedEntry entry) =>
            {
                Assert.Equal(Entries.Put(entry.Position.Sequence), entry.Entry.Payload.ToArray());
                sequences.Add(entry.Position.Sequence);
                return entry.Position.Sequence < (ulong)last - 7;
            });
        Assert.Equal(sequences.Count, count);
        Assert.Equal(123UL, sequences[0]);
        Assert.Equal((ulong)last - 7, sequences[^1]);
    }

    [Fact]
    public void A_missing_directory_is_an_error()
    {
        StorageException missing = Assert.Throws<StorageException>(
            () => LogInspector.Inspect(LinuxFileSystem.Instance, _directory.Path + "-missing"));
        Assert.Equal(StorageFault.NotFound, missing.Fault);
    }
}
