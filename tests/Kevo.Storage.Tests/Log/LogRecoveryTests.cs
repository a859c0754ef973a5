using Kevo.Core;
using Kevo.Storage.Log;

namespace Kevo.Storage.Tests.Log;

/// <summary>One test per row of the recovery table that concerns a single segment.</summary>
public sealed class LogRecoveryTests : IDisposable
{
    private readonly LogDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact, Covers(RecoveryCase.EmptyDirectory)]
    public void An_empty_directory_is_a_log_that_has_not_begun()
    {
        using WriteAheadLog log = _directory.Opens(RecoveryCase.EmptyDirectory, lastSequence: 0);
        Assert.Equal(LogPosition.None, log.Durable);
        Assert.Equal(LogPosition.None, log.First);
        Assert.Throws<InvalidOperationException>(() => log.Append(Entries.Put(1)));
    }

    [Fact, Covers(RecoveryCase.LeftoverTemporaryFile)]
    public void A_segment_that_was_being_made_is_removed()
    {
        _ = _directory.Fill(1);
        string leftover = Path.Combine(_directory.Path, "next-7.tmp");
        File.WriteAllBytes(leftover, new byte[4096]);
        using WriteAheadLog log = _directory.Opens(RecoveryCase.LeftoverTemporaryFile, lastSequence: 10);
        Assert.False(File.Exists(leftover));
    }

    [Fact, Covers(RecoveryCase.CleanEnd)]
    public void A_closed_last_segment_is_complete_and_a_new_one_follows_it()
    {
        _directory.Write(1, new SegmentForge(1, 1, 1).Frame(1, 2, Entries.Put(1), Entries.Put(2)).EndMark(2).Cut());
        using WriteAheadLog log = _directory.Opens(RecoveryCase.CleanEnd, lastSequence: 2);
        log.Write(3, 1);
        Assert.Equal(2, log.GetStatistics().Segments);
        Assert.Equal(Entries.Expected(1, 3), log.ReadAll(new LogPosition(1, 1)));
    }

    [Fact, Covers(RecoveryCase.ZeroTail)]
    public void Zeros_behind_the_last_frame_are_free_space_and_are_used()
    {
        _directory.Write(1, new SegmentForge(1, 1, 1).Frame(1, 1, Entries.Put(1)).Bytes);
        using WriteAheadLog log = _directory.Opens(RecoveryCase.ZeroTail, lastSequence: 1);
        log.Write(2, 1);
        Assert.Equal(1, log.GetStatistics().Segments);
    }

    [Fact, Covers(RecoveryCase.TornTail)]
    public void A_torn_tail_is_zeroed_and_written_over()
    {
        SegmentForge forge = new SegmentForge(1, 1, 1).Frame(1, 1, Entries.Put(1));
        int end = forge.At;
        byte[] bytes = forge.Frame(2, 2, Entries.Put(2, 500)).Bytes;
        bytes.AsSpan(end + 100, 200).Clear();
        _directory.Write(1, bytes);
        using (WriteAheadLog log = _directory.Opens(RecoveryCase.TornTail, lastSequence: 1))
        {
            Assert.True(_directory.Read(1).AsSpan(end).IndexOfAnyExcept((byte)0) < 0);
            log.Write(2, 1);
        }

        using WriteAheadLog again = _directory.Opens(RecoveryCase.ZeroTail, lastSequence: 2);
    }

    [Fact, Covers(RecoveryCase.UncutSegment)]
    public void A_closed_segment_that_was_not_cut_is_cut()
    {
        SegmentForge forge = new SegmentForge(1, 1, 1).Frame(1, 1, Entries.Put(1)).EndMark(1);
        forge.Bytes.AsSpan(forge.At + 16).Fill(0xA5);
        _directory.Write(1, forge.Bytes);
        using WriteAheadLog log = _directory.Opens(RecoveryCase.UncutSegment, lastSequence: 1);
        Assert.Equal(forge.At, new FileInfo(_directory.Segment(1)).Length);
        log.Write(2, 1);
        Assert.Equal(Entries.Expected(1, 2), log.ReadAll(new LogPosition(1, 1)));
    }

    [Fact, Covers(RecoveryCase.BadFrameBeforeValidFrame)]
    public void A_bad_frame_with_an_intact_one_after_it_stops()
    {
        SegmentForge forge = new SegmentForge(1, 1, 1)
            .Frame(1, 1, Entries.Put(1)).Frame(2, 2, Entries.Put(2)).Frame(3, 3, Entries.Put(3));
        forge.Bytes[64 + 60] ^= 1;
        _directory.Write(1, forge.Bytes);
        _ = _directory.Stops(RecoveryCase.BadFrameBeforeValidFrame, _directory.Segment(1));
    }

    [Fact]
    public void Bytes_of_a_value_that_look_like_a_frame_are_not_taken_for_one()
    {
        // A value holding a copy of a whole intact segment, in a frame that was torn.
        byte[] segment = new SegmentForge(1, 1, 1, salt: 5).Frame(1, 1, Entries.Put(1)).Cut();
        byte[] payload = new byte[WalEntry.PayloadLength(Operation.Put, 1, 2000)];
        byte[] value = new byte[2000];
        segment.CopyTo(value, 3);
        _ = WalEntry.Write(payload, Operation.Put, 2, "k"u8, value);
        SegmentForge forge = new SegmentForge(1, 1, 1).Frame(1, 1, Entries.Put(1));
        int end = forge.At;
        _ = forge.Frame(2, 2, payload);
        forge.Bytes[end + 1999] ^= 0x55;
        _directory.Write(1, forge.Bytes);
        using WriteAheadLog log = _directory.Opens(RecoveryCase.TornTail, lastSequence: 1);
    }

    [Theory, Covers(RecoveryCase.MalformedFrame)]
    [InlineData("sequence")]
    [InlineData("count")]
    [InlineData("last")]
    [InlineData("payload")]
    [InlineData("step")]
    [InlineData("mark")]
    public void An_intact_frame_that_contradicts_itself_stops(string what)
    {
        SegmentForge forge = new SegmentForge(1, 1, 1).Frame(1, 1, Entries.Put(1));
        _ = what switch
        {
            "sequence" => forge.Frame(3, 3, Entries.Put(3)),
            "count" => forge.Raw(2, 3, 3, Entries.Put(2), Entries.Put(3)),
            "last" => forge.Frame(2, 4, Entries.Put(2), Entries.Put(3)),
            "payload" => forge.Frame(2, 2, [9, 9, 9]),
            "step" => forge.Frame(2, 4, Entries.Put(2), Entries.Put(4)),
            _ => forge.EndMark(4),
        };
        _directory.Write(1, forge.Bytes);
        _ = _directory.Stops(RecoveryCase.MalformedFrame, _directory.Segment(1));
    }

    [Fact, Covers(RecoveryCase.TruncatedSegment)]
    public void A_segment_shorter_than_it_was_made_stops()
    {
        byte[] bytes = new SegmentForge(1, 1, 1).Frame(1, 1, Entries.Put(1)).Frame(2, 2, Entries.Put(2)).Bytes;
        _directory.Write(1, bytes[..4000]);
        _ = _directory.Stops(RecoveryCase.TruncatedSegment, _directory.Segment(1));
    }

    [Fact, Covers(RecoveryCase.UnknownVersion)]
    public void Another_format_version_stops_and_both_are_named()
    {
        _directory.Write(1, new SegmentForge(1, 1, 1, version: 9).Bytes);
        StorageException stopped = _directory.Stops(RecoveryCase.UnknownVersion, _directory.Segment(1));
        Assert.Contains("version 9", stopped.Message, StringComparison.Ordinal);
        Assert.Contains("knows 1", stopped.Message, StringComparison.Ordinal);
    }

    [Theory, Covers(RecoveryCase.ShortHeader)]
    [InlineData(0)]
    [InlineData(63)]
    public void A_file_too_short_for_a_header_stops(int length)
    {
        _directory.Write(1, new SegmentForge(1, 1, 1).Bytes[..length]);
        _ = _directory.Stops(RecoveryCase.ShortHeader, _directory.Segment(1));
    }

    [Fact, Covers(RecoveryCase.MissingHeader)]
    public void A_file_without_a_header_stops()
    {
        _directory.Write(1, new byte[4096]);
        _ = _directory.Stops(RecoveryCase.MissingHeader, _directory.Segment(1));
    }

    [Theory, Covers(RecoveryCase.CorruptHeader)]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(22)]
    [InlineData(24)]
    [InlineData(32)]
    [InlineData(40)]
    [InlineData(48)]
    [InlineData(63)]
    public void A_header_that_fails_its_checksum_stops(int offset)
    {
        byte[] bytes = new SegmentForge(1, 1, 1).Bytes;
        bytes[offset] ^= 4;
        _directory.Write(1, bytes);
        _ = _directory.Stops(RecoveryCase.CorruptHeader, _directory.Segment(1));
    }

    [Fact, Covers(RecoveryCase.MisnamedSegment)]
    public void A_segment_under_another_ones_name_stops()
    {
        _directory.Write(2, new SegmentForge(1, 1, 1).Bytes);
        _ = _directory.Stops(RecoveryCase.MisnamedSegment, _directory.Segment(2));
    }
}
