using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Log;

/// <content>The open frame: appending to it, closing it, making it durable, dropping it. Writer's thread
/// only.</content>
public sealed partial class WriteAheadLog
{
    // Where the open frame lies, or will lie: in the active segment, or in the pending one that will follow it.
    private IMappedFile? _file;
    private long _frameStart;
    private long _at;
    private long _limit;
    private int _count;
    private ulong _firstSequence;
    private ulong _lastSequence;

    /// <summary>Bytes of the open frame as it stands; 0 when it is empty.</summary>
    public long OpenFrameBytes => _count == 0 ? 0 : FrameHeader.Align(_at - _frameStart);

    /// <summary>Entries in the open frame.</summary>
    public int OpenFrameEntries => _count;

    /// <summary>
    /// Adds one entry to the open frame. Its bytes are copied before this returns. The entry's sequence is that of the
    /// entry before it in the frame (same transaction) or one above the last.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// The sequence does not continue the log, or the log is in no state to append.
    /// </exception>
    /// <exception cref="StorageException">No room could be had; the open frame is lost, discard it.</exception>
    public void Append(in WalEntry entry)
    {
        ReadOnlySpan<byte> payload = entry.Payload;
        ulong sequence = entry.Sequence;
        ulong step = sequence - _lastSequence;
        if (_state != LogState.Open || step > 1 || (step == 0 && _count == 0) || sequence > EntryLimits.LastSequence)
        {
            ThrowNotAppendable(sequence);
        }

        int length = FrameHeader.EntryPrefixLength + payload.Length;
        if (FrameHeader.Align(_at + length) > _limit)
        {
            MakeRoom(length);
        }

        Span<byte> destination = _isStaged ? Stage(length) : _file!.Write(_at, length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination, (uint)payload.Length);
        payload.CopyTo(destination[FrameHeader.EntryPrefixLength..]);
        if (_count == 0)
        {
            _firstSequence = sequence;
        }

        _lastSequence = sequence;
        _at += length;
        _count++;
        if (_at >= _writeNext)
        {
            WriteAhead();
        }
    }

    /// <summary>
    /// Ends the open frame, which must be at the end of a transaction, and gives its entries their final addresses.
    /// Not durable yet:
    /// <see cref="Sync"/> must follow, or <see cref="Discard"/>. A frame sealed already is given again.
    /// </summary>
    /// <returns>
    /// The frame's entries, valid until the next <see cref="Append"/>; none when nothing was appended.
    /// </returns>
    /// <exception cref="StorageException">The frame needed a new segment and did not get one; discard it.</exception>
    public FrameReader Seal()
    {
        if (!TrySeal())
        {
            return default;
        }

        int length = (int)(FrameHeader.Align(_at) - _frameStart);
        ReadOnlySpan<byte> frame = _isStaged ? _stage.AsSpan(0, length) : _file!.Read(_frameStart, length);
        return new FrameReader(frame, _active!.Id, _frameStart, _count);
    }

    /// <summary>
    /// Ends the open frame and makes it durable: when this returns, <see cref="Durable"/> has moved and those who
    /// waited for it are awake. Does nothing when nothing was appended and no sync is under way. Blocks for as long as
    /// the disk takes.
    /// </summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.SyncFailed"/>: final. Any other fault: the frame needed a new segment and did not
    /// get one; discard it.
    /// </exception>
    public void Sync()
    {
        EndSync();
        if (TrySeal())
        {
            TakeSealed();
            long started = _time.GetTimestamp();
            SyncMapping(_file!, LogOperations.SyncFrame, _syncing.Start, SyncedLength());
            LastSyncDuration = _time.GetElapsedTime(started);
            CompleteSync();
            OpenFrame();
        }
    }

    /// <summary>
    /// Forgets everything appended since the last <see cref="Sync"/> or <see cref="BeginSync"/>, sealed or not, and
    /// readies the log after an error that was not a failed sync.
    /// </summary>
    public void Discard()
    {
        if (_state == LogState.NoEpoch)
        {
            return;
        }

        if (_state == LogState.Disposed)
        {
            throw NotReady();
        }

        EndSync();

        StopWriting();
        GiveUpPublication();
        SpareSegment? pending = _pending;
        long used = _at;
        _pending = null;
        if (pending is null && _count > 0)
        {
            ClearFrame();
        }

        if (_active is null)
        {
            _state = LogState.NoEpoch;
        }
        else
        {
            OpenFrame();
        }

        if (pending is not null)
        {
            KeepOrDrop(pending, used);
        }
    }

    // Starts an empty frame behind the durable end of the active segment.
    private void OpenFrame()
    {
        Segment active = _active!;
        _file = active.Mapping;
        _frameStart = _isSyncing ? _syncing.End : active.DurableEnd;
        _at = _frameStart + FrameHeader.Length;
        _limit = active.FrameLimit;
        _count = 0;
        BeginStaging();
        _lastSequence = _isSyncing ? _syncing.LastSequence : _epoch.DurableSequence;
        _state = LogState.Open;
    }

    // False when there is nothing to seal.
    private bool TrySeal()
    {
        if (_state == LogState.Sealed)
        {
            return true;
        }

        RequireState(LogState.Open);
        if (_count == 0)
        {
            return false;
        }

        // No byte of a frame reaches the file before the frame before it is durable: after a crash, a bad frame with
        // a good one behind it can then only be damage.
        EndSync();
        SealFrame();
        return true;
    }

    private void SealFrame()
    {
        if (_pending is not null)
        {
            PublishPending(_epoch.Epoch, _firstSequence, []);
            _file = _active!.Mapping;
        }

        if (_isStaged)
        {
            SealStaged();
        }
        else
        {
            FrameHeader header = HeaderOfOpenFrame();
            header.Seal(_file!.Write(_frameStart, header.FrameLength), _active!.Header.MarkAt(_frameStart));
        }

        _state = LogState.Sealed;
    }

    private FrameHeader HeaderOfOpenFrame() =>
        new((int)(FrameHeader.Align(_at) - _frameStart), _count, _firstSequence, _lastSequence);

    // Moves the open frame to where it and the next entry fit: the spare segment, or one made for a giant.
    private void MakeRoom(int entryLength)
    {
        // Whatever fails below takes the open frame along.
        _state = LogState.Broken;
        long used = _at - _frameStart;
        long required = SegmentHeader.Length + FrameHeader.Align(used + entryLength) + FrameHeader.Length;
        if (required > LogOptions.MaxFrameLength)
        {
            throw new StorageException(
                StorageFault.LimitExceeded,
                $"The transactions up to {Appended} do not fit one frame of {LogOptions.MaxFrameLength} bytes. "
                + "Sync more often; a single transaction of this size cannot be replicated.",
                _options.Directory);
        }

        StopWriting();
        FinishPublicationUnderWay();
        SpareSegment target = required <= _options.SegmentSize
            ? TakeSpare()
            : CreateSpare(GrownSize(required));
        if (_count > 0 && !_isStaged)
        {
            _file!.Read(_frameStart, (int)used).CopyTo(target.Mapping.Write(SegmentHeader.Length, (int)used));
        }

        if (_pending is { } outgrown)
        {
            _pending = target;
            KeepOrDrop(outgrown, _at);
        }
        else if (_count > 0)
        {
            ClearFrame();
        }

        _pending = target;
        _file = target.Mapping;
        _frameStart = SegmentHeader.Length;
        _at = SegmentHeader.Length + used;
        _limit = target.Mapping.Length - FrameHeader.Length;
        RestartStaging();
        _state = LogState.Open;
    }

    // Half as much again, so that a transaction that keeps growing is copied a constant number of times per byte.
    private static long GrownSize(long required)
    {
        const long Step = LogOptions.MinSegmentSize;
        long size = Math.Min(required + (required / 2), LogOptions.MaxFrameLength);
        return (Math.Max(size, required) + Step - 1) / Step * Step;
    }

    [DoesNotReturn]
    private void ThrowNotAppendable(ulong sequence)
    {
        RequireState(LogState.Open);
        throw sequence > EntryLimits.LastSequence
            ? new StorageException(
                StorageFault.LimitExceeded,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Sequence {sequence} is beyond the last one, {EntryLimits.LastSequence}."),
                _options.Directory)
            : new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture,
                $"Sequence {sequence} does not continue the log at {Appended} ({_count} entries in the open frame)."));
    }
}
