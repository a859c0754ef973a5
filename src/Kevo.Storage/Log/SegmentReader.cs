using System.Buffers;
using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Platform;

namespace Kevo.Storage.Log;

/// <summary>
/// Reads one segment file front to back and verifies all of it: mark, checksum and content of every frame, then what
/// follows the last one. Reads by position, not through a mapping, so that an unreadable sector is an error and a file
/// that shrinks meanwhile is no crash. One thread at a time.
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    // Several frames of the usual size, so that little is read twice where a frame crosses the end of the window.
    private const int WindowLength = 4 << 20;

    private readonly IRandomReadFile _file;
    private readonly string _operation;
    private byte[] _window;
    private long _windowStart;
    private int _windowFilled;
    private RecoveryFinding? _fault;

    internal SegmentReader(IFileSystem fileSystem, string operation, string path, uint id)
    {
        _operation = operation;
        Path = path;
        Id = id;
        _file = fileSystem.OpenRead(operation, path);
        FileLength = _file.Length;
        _window = ArrayPool<byte>.Shared.Rent((int)Math.Min(WindowLength, FileLength));
        _fault = ReadHeader();
        Position = SegmentHeader.Length;
        NextSequence = Header.FirstSequence;
    }

    internal string Path { get; }

    /// <summary>The id that the file's name says.</summary>
    internal uint Id { get; }

    /// <summary>The length when it was opened.</summary>
    internal long FileLength { get; }

    /// <summary>Whether <see cref="Header"/> can be used.</summary>
    internal bool HasHeader { get; private set; }

    internal SegmentHeader Header { get; private set; }

    /// <summary>Where the next frame would start.</summary>
    internal long Position { get; private set; }

    /// <summary>The sequence the next frame must start with.</summary>
    internal ulong NextSequence { get; private set; }

    internal long Frames { get; private set; }

    internal long Entries { get; private set; }

    /// <summary>Whether the end mark was reached.</summary>
    internal bool Closed { get; private set; }

    /// <summary>Reads and verifies the next frame; false at the end mark, or where no intact frame is.</summary>
    internal bool TryReadFrame(out FrameHeader header, out ReadOnlySpan<byte> frame)
    {
        header = default;
        frame = default;
        if (_fault is not null || Closed || !TryReadIntact(Position, out header, out frame))
        {
            return false;
        }

        if (header.IsEndMark)
        {
            if (header.FrameLength != FrameHeader.Length || header.LastSequence + 1 != NextSequence)
            {
                _fault = Malformed(
                    $"the end mark says sequence {header.LastSequence}, but the frames end before {NextSequence}.");
                return false;
            }

            Closed = true;
            Position += header.FrameLength;
            return false;
        }

        if (FindContradiction(header, frame) is { } contradiction)
        {
            _fault = Malformed(contradiction);
            return false;
        }

        Position += header.FrameLength;
        NextSequence = header.LastSequence + 1;
        Frames++;
        Entries += header.EntryCount;
        return true;
    }

    /// <summary>
    /// Takes only the end mark at the end of the file instead of the frames before it; false when there is none.
    /// </summary>
    internal bool TrySkipToEnd()
    {
        long at = FileLength - FrameHeader.Length;
        if (_fault is not null || at < Position || at % FrameHeader.Alignment != 0
            || !TryReadIntact(at, out FrameHeader header, out _)
            || !header.IsEndMark || header.LastSequence + 1 < NextSequence)
        {
            return false;
        }

        Closed = true;
        Position = FileLength;
        NextSequence = header.LastSequence + 1;
        return true;
    }

    /// <summary>What the segment ends with, or is wrong with; call it after the last frame was read.</summary>
    internal RecoveryFinding DescribeEnd()
    {
        if (_fault is not null)
        {
            return _fault;
        }

        if (Closed)
        {
            return FileLength == Position
                ? Finding(RecoveryCase.CleanEnd, Position, $"the segment is closed.")
                : Finding(RecoveryCase.UncutSegment, Position, $"{FileLength - Position} bytes follow the end mark.");
        }

        if (FindIntactFrameAfter(Position) is { } later)
        {
            return Finding(
                RecoveryCase.BadFrameBeforeValidFrame,
                Position,
                $"no intact frame is here, but one lies at {later}; bytes that were durable have changed.");
        }

        if (FileLength < (long)Header.AllocatedLength)
        {
            return Finding(
                RecoveryCase.TruncatedSegment,
                FileLength,
                $"made with {Header.AllocatedLength} bytes, it has no end mark; intact frames end at {Position}.");
        }

        if (Header.IsRecycled)
        {
            return FrameBegins()
                ? Finding(RecoveryCase.TornTail, Position, $"an unfinished write.")
                : Finding(RecoveryCase.RecycledTail, Position, $"{FileLength - Position} bytes are free.");
        }

        return FindNonZeroAfter(Position) is { } nonZero
            ? Finding(RecoveryCase.TornTail, Position, $"an unfinished write; it is not zero from {nonZero} on.")
            : Finding(RecoveryCase.ZeroTail, Position, $"{FileLength - Position} bytes are free.");
    }

    public void Dispose()
    {
        _file.Dispose();
        ArrayPool<byte>.Shared.Return(_window);
        _window = [];
    }

    private RecoveryFinding? ReadHeader()
    {
        ReadOnlySpan<byte> start = Read(0, SegmentHeader.Length);
        RecoveryCase? fault = SegmentHeader.TryRead(start, out SegmentHeader header, out uint version);
        switch (fault)
        {
            case null:
                break;
            case RecoveryCase.ShortHeader:
                return Finding(
                    RecoveryCase.ShortHeader, 0, $"it has {FileLength} bytes, a header {SegmentHeader.Length}.");
            case RecoveryCase.UnknownVersion:
                return Finding(
                    RecoveryCase.UnknownVersion,
                    0,
                    $"format version {version}; this program knows {SegmentHeader.CurrentVersion}.");
            case RecoveryCase.CorruptHeader:
                return Finding(RecoveryCase.CorruptHeader, 0, $"the segment header fails its checksum.");
            default:
                return Finding(RecoveryCase.MissingHeader, 0, $"the file does not begin with a segment header.");
        }

        Header = header;
        HasHeader = true;
        return header.Id == Id
            ? null
            : Finding(RecoveryCase.MisnamedSegment, 0, $"the header says segment {header.Id}, the name {Id}.");
    }

    private bool TryReadIntact(long offset, out FrameHeader header, out ReadOnlySpan<byte> frame)
    {
        header = default;
        frame = default;
        ulong mark = Header.MarkAt(offset);
        ReadOnlySpan<byte> start = Read(offset, FrameHeader.Length);
        if (start.Length < FrameHeader.Length || FrameHeader.ReadMark(start) != mark)
        {
            return false;
        }

        header = FrameHeader.Read(start);
        if (!header.HasPossibleLength(FileLength - offset))
        {
            return false;
        }

        frame = Read(offset, header.FrameLength);
        return frame.Length == header.FrameLength
            && (FrameHeader.IsIntact(frame, mark) || PlantedBugs.Has(PlantedBug.TornFrameAccepted));
    }

    // Whether the first bytes of a frame reached the disk here.
    private bool FrameBegins() =>
        Read(Position, FrameHeader.Alignment) is { Length: FrameHeader.Alignment } start
        && FrameHeader.ReadMark(start) == Header.MarkAt(Position);

    private FormattableString? FindContradiction(in FrameHeader header, ReadOnlySpan<byte> frame)
    {
        if (header.FirstSequence != NextSequence)
        {
            return $"the frame starts with sequence {header.FirstSequence}, expected {NextSequence}.";
        }

        ulong previous = NextSequence - 1;
        int at = FrameHeader.Length;
        for (int i = 0; i < header.EntryCount; i++)
        {
            int room = frame.Length - at - FrameHeader.EntryPrefixLength;
            uint length = room < 0 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(frame[at..]);
            if (room < 0 || length > (uint)room)
            {
                return $"entry {i} of {header.EntryCount} runs past the end of the frame.";
            }

            EntryFault fault = WalEntry.TryParse(
                frame.Slice(at + FrameHeader.EntryPrefixLength, (int)length), out WalEntry entry);
            if (fault != EntryFault.None)
            {
                return $"entry {i} is unusable: {fault}.";
            }

            ulong step = entry.Sequence - previous;
            if (step > 1 || (step == 0 && i == 0))
            {
                return $"entry {i} has sequence {entry.Sequence} after {previous}.";
            }

            previous = entry.Sequence;
            at += FrameHeader.EntryPrefixLength + (int)length;
        }

        return previous == header.LastSequence && FrameHeader.Align(at) == frame.Length
            ? null
            : (FormattableString)$"entries end at {previous}, byte {at}; not {header.LastSequence}, {frame.Length}.";
    }

    // Marks depend on the segment's salt and the offset, so a match is a frame that was written here, not chance.
    private long? FindIntactFrameAfter(long offset)
    {
        for (long at = offset + FrameHeader.Alignment; at + FrameHeader.Length <= FileLength;)
        {
            ReadOnlySpan<byte> bytes = Read(at, (int)Math.Min(WindowLength, FileLength - at));
            long candidate = FindMark(bytes, at);
            if (candidate >= 0 && TryReadIntact(candidate, out _, out _))
            {
                return candidate;
            }

            at = candidate >= 0 ? candidate + FrameHeader.Alignment : at + (bytes.Length & -FrameHeader.Alignment);
            if (bytes.Length < FrameHeader.Alignment)
            {
                break;
            }
        }

        return null;
    }

    private long FindMark(ReadOnlySpan<byte> bytes, long offset)
    {
        for (int i = 0; i + FrameHeader.Alignment <= bytes.Length; i += FrameHeader.Alignment)
        {
            if (FrameHeader.ReadMark(bytes[i..]) == Header.MarkAt(offset + i))
            {
                return offset + i;
            }
        }

        return -1;
    }

    private long? FindNonZeroAfter(long offset)
    {
        while (offset < FileLength)
        {
            ReadOnlySpan<byte> bytes = Read(offset, (int)Math.Min(WindowLength, FileLength - offset));
            int found = bytes.IndexOfAnyExcept((byte)0);
            if (found >= 0)
            {
                return offset + found;
            }

            if (bytes.IsEmpty)
            {
                break;
            }

            offset += bytes.Length;
        }

        return null;
    }

    // Fewer bytes than asked for only at the end of the file. The span lives until the next call.
    private ReadOnlySpan<byte> Read(long offset, int length)
    {
        length = (int)Math.Min(length, FileLength - offset);
        if (offset < _windowStart || offset + length > _windowStart + _windowFilled)
        {
            if (_window.Length < length)
            {
                ArrayPool<byte>.Shared.Return(_window);
                _window = [];
                _window = ArrayPool<byte>.Shared.Rent(length);
            }

            _windowStart = offset;
            _windowFilled = _file.Read(_operation, offset, _window);
            length = Math.Min(length, _windowFilled);
        }

        return _window.AsSpan((int)(offset - _windowStart), length);
    }

    private RecoveryFinding Malformed(FormattableString detail) =>
        Finding(RecoveryCase.MalformedFrame, Position, detail);

    private RecoveryFinding Finding(RecoveryCase situation, long offset, FormattableString detail) =>
        new(situation, Path, offset, FormattableString.Invariant(detail));
}
