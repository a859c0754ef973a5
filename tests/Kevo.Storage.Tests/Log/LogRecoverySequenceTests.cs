using System.Reflection;
using Kevo.Core;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.Storage.Tests.Log;

/// <summary>
/// One test per row of the recovery table that concerns several segments or the checkpoint, and the table itself.
/// </summary>
public sealed class LogRecoverySequenceTests : IDisposable
{
    private readonly LogDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory, Covers(RecoveryCase.UnclosedSegment)]
    [InlineData(false)]
    [InlineData(true)]
    public void A_segment_without_end_mark_before_another_stops(bool torn)
    {
        SegmentForge first = new SegmentForge(1, 1, 1).Frame(1, 1, Entries.Put(1));
        first.Bytes[first.At] = torn ? (byte)1 : (byte)0;
        _directory.Write(1, first.Bytes);
        _directory.Write(2, new SegmentForge(2, 1, 2).Frame(2, 2, Entries.Put(2)).Bytes);
        _ = _directory.Stops(RecoveryCase.UnclosedSegment, _directory.Segment(1));
    }

    [Fact, Covers(RecoveryCase.HoleBetweenSegments)]
    public void A_missing_segment_stops()
    {
        _ = _directory.Fill(40);
        File.Delete(_directory.Segment(2));
        _ = _directory.Stops(RecoveryCase.HoleBetweenSegments, _directory.Segment(3));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Missing_or_doubled_transactions_between_segments_stop(ulong second)
    {
        _directory.Write(1, new SegmentForge(1, 1, 1).Frame(1, 2, Entries.Put(1), Entries.Put(2)).EndMark(2).Cut());
        _directory.Write(2, new SegmentForge(2, 1, second).Frame(second, second, Entries.Put(second)).Bytes);
        _ = _directory.Stops(RecoveryCase.HoleBetweenSegments, _directory.Segment(2));
    }

    [Fact, Covers(RecoveryCase.WrongEpoch)]
    public void An_epoch_that_goes_back_stops()
    {
        _directory.Write(1, new SegmentForge(1, 5, 1).Frame(1, 1, Entries.Put(1)).EndMark(1).Cut());
        _directory.Write(2, new SegmentForge(2, 4, 2).Bytes);
        _ = _directory.Stops(RecoveryCase.WrongEpoch, _directory.Segment(2));
    }

    [Fact, Covers(RecoveryCase.ForeignFile)]
    public void A_file_that_is_named_almost_like_a_segment_stops()
    {
        _ = _directory.Fill(1);
        string foreign = Path.Combine(_directory.Path, "copy of 0000000001.seg");
        File.WriteAllBytes(foreign, []);
        _ = _directory.Stops(RecoveryCase.ForeignFile, foreign);
    }

    [Fact, Covers(RecoveryCase.HoleAfterCheckpoint)]
    public void A_log_that_begins_after_the_checkpoint_stops()
    {
        _directory.Write(3, new SegmentForge(3, 1, 10).Frame(10, 10, Entries.Put(10)).Bytes);
        _ = _directory.Stops(RecoveryCase.HoleAfterCheckpoint, checkpoint: new LogPosition(1, 8));
        using WriteAheadLog log = _directory.Open(new LogPosition(1, 9));
        Assert.Equal(new LogPosition(1, 10), log.First);
    }

    [Fact, Covers(RecoveryCase.EndBeforeCheckpoint)]
    public void A_log_that_ends_before_the_checkpoint_stops()
    {
        _ = _directory.Fill(2);
        StorageException stopped =
            _directory.Stops(RecoveryCase.EndBeforeCheckpoint, checkpoint: new LogPosition(1, 21));
        Assert.EndsWith(".seg", stopped.Path, StringComparison.Ordinal);
        using WriteAheadLog log = _directory.Open(new LogPosition(1, 20));
    }

    [Fact, Covers(RecoveryCase.CheckpointInLaterEpoch)]
    public void A_checkpoint_of_a_later_epoch_is_accepted_and_the_epoch_can_begin()
    {
        _ = _directory.Fill(2);
        var checkpoint = new LogPosition(2, 500);
        using (WriteAheadLog log = _directory.Opens(RecoveryCase.CheckpointInLaterEpoch, 20, checkpoint))
        {
            log.BeginEpoch(checkpoint);
            log.Write(501, 1);
        }

        using WriteAheadLog again = _directory.Open(checkpoint);
        Assert.Equal(new LogPosition(2, 501), again.Durable);
    }

    [Fact, Covers(RecoveryCase.CheckpointInEarlierEpoch)]
    public void A_checkpoint_of_an_earlier_epoch_stops()
    {
        using (WriteAheadLog log = _directory.Begin())
        {
            log.BeginEpoch(new LogPosition(2, 0));
        }

        _ = _directory.Stops(RecoveryCase.CheckpointInEarlierEpoch, checkpoint: new LogPosition(1, 5));
    }

    [Fact]
    public void Segments_below_the_checkpoint_are_not_scanned_but_still_verified_when_read()
    {
        int last = _directory.Fill(40);
        byte[] damaged = _directory.Read(1);
        damaged[200] ^= 1;
        _directory.Write(1, damaged);
        _ = _directory.Stops(RecoveryCase.BadFrameBeforeValidFrame);

        using WriteAheadLog log = _directory.Open(new LogPosition(1, (ulong)last - 15));
        Assert.True(log.Recovery.SkippedSegments > 1);
        Assert.True(log.Recovery.VerifiedSegments >= 1);
        StorageException corrupt = Assert.Throws<StorageException>(() => log.ReadAll(new LogPosition(1, 1)));
        Assert.Equal(StorageFault.Corrupt, corrupt.Fault);
        Assert.Contains(_directory.Segment(1), corrupt.Message, StringComparison.Ordinal);
        Assert.Equal(
            Entries.Expected((ulong)last - 19, 20), log.ReadAll(new LogPosition(1, (ulong)last - 15)));
    }

    [Fact]
    public void A_skipped_segment_is_still_compared_with_its_neighbour()
    {
        int last = _directory.Fill(40);
        File.Delete(_directory.Segment(2));
        _ = _directory.Stops(RecoveryCase.HoleBetweenSegments, checkpoint: new LogPosition(1, (ulong)last));
    }

    [Fact]
    public void Every_row_of_the_table_has_a_decision_a_test_and_a_line_in_the_document()
    {
        HashSet<RecoveryCase> covered = [.. typeof(LogRecoveryTests).Assembly.GetTypes()
            .SelectMany(static type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .Where(static method => method.GetCustomAttributes<FactAttribute>().Any())
            .SelectMany(static method => method.GetCustomAttributes<CoversAttribute>())
            .Select(static covers => covers.Row)];
        string[] document = File.ReadAllLines(Path.Combine(Repository.Root, "docs", "LOG_FORMAT.md"));
        foreach (RecoveryCase row in Enum.GetValues<RecoveryCase>())
        {
            Assert.True(covered.Contains(row), $"No test covers {row}.");
            string decision = RecoveryTable.Decide(row).ToString();
            Assert.Contains(document, line =>
                line.StartsWith($"| `{row}` |", StringComparison.Ordinal)
                && line.Contains($"| {decision} |", StringComparison.OrdinalIgnoreCase));
        }
    }
}
