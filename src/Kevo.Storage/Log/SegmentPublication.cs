using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Platform;

namespace Kevo.Storage.Log;

/// <summary>
/// Makes a spare segment the next one of the log, in a fixed order: the segment before is closed with an end mark and
/// cut to its true length; then header, sync, rename, sync of the directory. Five waits for the disk, which the writer
/// need not stand by. Can be done again, by another object, after a failure before the rename that was not a failed
/// sync.
/// </summary>
/// <remarks>
/// While it runs it alone touches the first page of the spare file, and the end and length of the segment before, in
/// which every frame is durable.
/// </remarks>
internal sealed class SegmentPublication : DiskTask
{
    private readonly IFileSystem _fileSystem;
    private readonly string _directory;
    private readonly Segment? _before;
    private readonly SpareSegment _spare;
    private readonly IReadOnlyList<byte[]> _first;

    /// <param name="fileSystem">Where the log lies.</param>
    /// <param name="directory">Directory of the segments.</param>
    /// <param name="before">The segment to be closed; null for the first.</param>
    /// <param name="spare">The file that becomes the segment.</param>
    /// <param name="header">The segment's header.</param>
    /// <param name="first">The payloads of the transaction to begin it with; none, as a rule.</param>
    internal SegmentPublication(
        IFileSystem fileSystem,
        string directory,
        Segment? before,
        SpareSegment spare,
        in SegmentHeader header,
        IReadOnlyList<byte[]> first)
    {
        _fileSystem = fileSystem;
        _directory = directory;
        _before = before;
        _spare = spare;
        _first = first;
        Segment = new Segment(header, Path.Combine(directory, LogFiles.SegmentName(header.Id)), spare.Mapping);
    }

    /// <summary>The segment; part of the log when this is finished.</summary>
    internal Segment Segment { get; }

    /// <summary>Whether its file has the segment's name; from then on a failure is final.</summary>
    internal bool IsNamed { get; private set; }

    /// <inheritdoc/>
    public override string ToString() => $"The publication of {Segment.Path}";

    /// <inheritdoc/>
    protected override void Work()
    {
        if (_before is not null)
        {
            Close(_before);
        }

        IMappedFile file = _spare.Mapping;
        SegmentHeader header = Segment.Header;
        header.Write(file.Write(0, SegmentHeader.Length));
        int end = SegmentHeader.Length + WriteFirst(in header, file);
        file.Sync(LogOperations.SyncHeader, 0, end);
        _fileSystem.Rename(LogOperations.Rename, _spare.Path, Segment.Path);
        IsNamed = true;
        if (!PlantedBugs.Has(PlantedBug.SegmentNameNotSynced))
        {
            _fileSystem.SyncDirectory(LogOperations.SyncDirectory, _directory);
        }

        if (_first.Count > 0)
        {
            Segment.Advance(end, header.FirstSequence);
        }
    }

    // The end mark makes a closed segment recognisable; cut to its true length, it costs no more than it holds.
    private static void Close(Segment segment)
    {
        if (!segment.Closed)
        {
            long end = segment.DurableEnd;
            var mark = new FrameHeader(FrameHeader.Length, 0, segment.LastSequence + 1, segment.LastSequence);
            mark.Seal(segment.Mapping.Write(end, FrameHeader.Length), segment.Header.MarkAt(end));
            segment.Mapping.Sync(LogOperations.SyncEnd, end, FrameHeader.Length);
            segment.Closed = true;
        }

        if (!segment.IsCut)
        {
            segment.Mapping.Truncate(LogOperations.Truncate, segment.DurableEnd + FrameHeader.Length);
            segment.IsCut = true;
            segment.Mapping.Release(0, segment.Mapping.Length);
        }
    }

    // One frame with one transaction, behind the header; its length, 0 without one.
    private int WriteFirst(in SegmentHeader header, IMappedFile file)
    {
        if (_first.Count == 0)
        {
            return 0;
        }

        const int Start = SegmentHeader.Length;
        int at = Start + FrameHeader.Length;
        foreach (byte[] payload in _first)
        {
            Span<byte> entry = file.Write(at, FrameHeader.EntryPrefixLength + payload.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)payload.Length);
            payload.CopyTo(entry[FrameHeader.EntryPrefixLength..]);
            at += entry.Length;
        }

        // A recycled file has other bytes there.
        int length = (int)FrameHeader.Align(at) - Start;
        file.Write(at, Start + length - at).Clear();
        var frame = new FrameHeader(length, _first.Count, header.FirstSequence, header.FirstSequence);
        frame.Seal(file.Write(Start, length), header.MarkAt(Start));
        return length;
    }
}
