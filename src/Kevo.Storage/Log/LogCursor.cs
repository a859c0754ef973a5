using System.Globalization;
using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>
/// Walks the durable frames of one epoch forwards, verifying each checksum on the way. One thread at a time; the
/// log may be written meanwhile. Moving allocates nothing.
/// </summary>
public sealed class LogCursor : ILogCursor
{
    private readonly WriteAheadLog _log;
    private readonly ulong _epoch;
    private readonly ulong _from;
    private Segment? _segment;
    private long _at = SegmentHeader.Length;

    // The current frame.
    private FrameHeader _frame;
    private long _frameStart;
    private int _entryAt;
    private int _entriesLeft;

    internal LogCursor(WriteAheadLog log, Segment segment, ulong from)
    {
        _log = log;
        _segment = segment;
        _epoch = segment.Header.Epoch;
        _from = from;
    }

    /// <inheritdoc/>
    public LogPosition FirstPosition => new(_epoch, _frame.FirstSequence);

    /// <inheritdoc/>
    public LogPosition LastPosition => new(_epoch, _frame.LastSequence);

    /// <inheritdoc/>
    public int EntryCount => _frame.EntryCount;

    /// <summary>Bytes of the current frame in the file.</summary>
    public int FrameBytes => _frame.FrameLength;

    /// <inheritdoc/>
    /// <exception cref="DivergenceException">
    /// The epoch has ended and all of it was read; the log goes on in another.
    /// </exception>
    public bool MoveNext()
    {
        ObjectDisposedException.ThrowIf(_segment is null, this);
        _frame = default;
        _entriesLeft = 0;
        while (true)
        {
            long end = _segment.DurableEnd;
            while (_at < end)
            {
                if (TakeFrame(end))
                {
                    return true;
                }
            }

            if (_segment.Next is not { } next)
            {
                return false;
            }

            // The end is final once there is a next segment; it may have moved before that one appeared.
            if (_at < _segment.DurableEnd)
            {
                continue;
            }

            if (next.Header.Epoch != _epoch)
            {
                throw new DivergenceException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Epoch {_epoch} ended with sequence {_segment.LastSequence}; the log goes on in epoch "
                    + $"{next.Header.Epoch}. Resynchronise from there."));
            }

            // A reader that walks a long log shall not keep all of it in this process's memory.
            Segment left = _segment;
            left.Mapping.Release(0, left.Mapping.Length);
            _segment = next;
            _at = SegmentHeader.Length;
            _log.MoveCursor(left, next);
        }
    }

    /// <inheritdoc/>
    public bool TryReadEntry(out WalEntry entry) => TryReadEntry(out entry, out _);

    /// <summary>Like <see cref="TryReadEntry(out WalEntry)"/>, and says where the entry lies.</summary>
    public bool TryReadEntry(out WalEntry entry, out LogAddress address)
    {
        if (_entriesLeft == 0 || _segment is null)
        {
            entry = default;
            address = default;
            return false;
        }

        address = new LogAddress(_segment.Id, (uint)(_frameStart + _entryAt + FrameHeader.EntryPrefixLength));
        entry = _log.ReadEntry(address);
        _entryAt += FrameHeader.EntryPrefixLength + entry.Payload.Length;
        _entriesLeft--;
        return true;
    }

    /// <summary>
    /// The current frame's entries from its first one on, independent of <see cref="TryReadEntry(out WalEntry)"/>.
    /// </summary>
    public FrameReader ReadFrame()
    {
        ObjectDisposedException.ThrowIf(_segment is null, this);
        return _frame.EntryCount == 0
            ? default
            : new FrameReader(
                _segment.Mapping.Read(_frameStart, _frame.FrameLength), _segment.Id, _frameStart, _frame.EntryCount);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _segment, null) is { } segment)
        {
            _entriesLeft = 0;
            _log.CloseCursor(segment);
        }
    }

    // Steps over the frame at the cursor; false when it lies before the position asked for.
    private bool TakeFrame(long end)
    {
        Segment segment = _segment!;
        ulong mark = segment.Header.MarkAt(_at);
        long room = end - _at;
        ReadOnlySpan<byte> start = room < FrameHeader.Length ? default : segment.Mapping.Read(_at, FrameHeader.Length);
        FrameHeader header = start.IsEmpty ? default : FrameHeader.Read(start);
        if (start.IsEmpty || FrameHeader.ReadMark(start) != mark || !header.HasPossibleLength(room))
        {
            throw Corrupt(segment);
        }

        bool wanted = header.LastSequence >= _from;
        if (wanted)
        {
            if (!FrameHeader.IsIntact(segment.Mapping.Read(_at, header.FrameLength), mark))
            {
                throw Corrupt(segment);
            }

            _frame = header;
            _frameStart = _at;
            _entryAt = FrameHeader.Length;
            _entriesLeft = header.EntryCount;
        }

        _at += header.FrameLength;
        return wanted;
    }

    private StorageException Corrupt(Segment segment) => new(
        StorageFault.Corrupt,
        string.Create(
            CultureInfo.InvariantCulture,
            $"The frame at byte {_at} of {segment.Path} fails its check. It is not served. Check the disk and "
            + $"resynchronise this node."),
        segment.Path);
}
