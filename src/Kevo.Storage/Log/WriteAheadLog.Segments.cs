using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Platform;

namespace Kevo.Storage.Log;

/// <content>
/// Segments: made under a temporary name, published in a fixed order (allocate, sync, header, sync, rename, sync of the
/// directory), closed with an end mark and cut to their true length before the next is published.
/// </content>
public sealed partial class WriteAheadLog
{
    // One preparation at a time; the slot itself changes hands by exchange.
    private readonly Lock _preparing = new();
    private SpareSegment? _spare;
    private int _temporaryNumber;

    // Writer's thread only.
    private SpareSegment? _pending;
    private Segment? _active;

    /// <summary>Whether a segment lies ready for the moment the active one is full.</summary>
    public bool NextSegmentIsPrepared => Volatile.Read(ref _spare) is not null;

    /// <summary>
    /// Makes the next segment ahead of need, unless one is ready: allocates its space and syncs it, which takes as
    /// long as the disk takes. May run on another thread beside the writer.
    /// </summary>
    /// <returns>True when one was made, false when one was ready.</returns>
    /// <exception cref="StorageException">
    /// The disk is full or failed; the log goes on in the active segment.
    /// </exception>
    public bool PrepareNextSegment()
    {
        if (_failure is not null)
        {
            throw Failed();
        }

        lock (_preparing)
        {
            if (NextSegmentIsPrepared)
            {
                return false;
            }

            KeepOrDrop(CreateSpare(_options.SegmentSize), usedBytes: 0);
            return true;
        }
    }

    private SpareSegment TakeSpare() =>
        Interlocked.Exchange(ref _spare, null) ?? CreateSpare(_options.SegmentSize);

    private string NewTemporaryPath()
    {
        string name = LogFiles.TemporaryName(Interlocked.Increment(ref _temporaryNumber));
        return Path.Combine(_options.Directory, name);
    }

    private SpareSegment CreateSpare(long size)
    {
        string? retired = size == _options.SegmentSize ? TakeRetired() : null;
        string path = retired ?? NewTemporaryPath();
        IMappedFile mapping = retired is null
            ? _fileSystem.CreateMapped(LogOperations.Allocate, path, size)
            : _fileSystem.RecycleMapped(LogOperations.Recycle, path, size);
        SpareSegment? spare = null;
        try
        {
            SyncMapping(mapping, LogOperations.SyncAllocation, 0, size);
            return spare = new SpareSegment(path, mapping, IsRecycled: retired is not null);
        }
        finally
        {
            if (spare is null)
            {
                mapping.Dispose();
            }
        }
    }

    // A spare of the usual size is cleaned and kept for later; any other is removed.
    private void KeepOrDrop(SpareSegment spare, long usedBytes)
    {
        if (spare.Mapping.Length == _options.SegmentSize)
        {
            spare.Mapping.Write(0, (int)Math.Min(FrameHeader.Align(usedBytes), spare.Mapping.Length)).Clear();
            if (Interlocked.CompareExchange(ref _spare, spare, null) is null)
            {
                return;
            }
        }

        spare.Mapping.Dispose();
        _fileSystem.Delete(LogOperations.Delete, spare.Path);
    }

    // Makes the pending segment the active one, with its first transaction in it if that is given. Can be repeated
    // after a failure that was not a failed sync.
    private void PublishPending(ulong epoch, ulong firstSequence, IReadOnlyList<byte[]> first)
    {
        SpareSegment pending = _pending!;

        // Whatever fails below takes the open frame along; the caller ends this state when all went well.
        _state = LogState.Broken;
        if (_active is not null)
        {
            Close(_active);
        }

        uint id = _active is null ? 1 : _active.Id + 1;
        var header = new SegmentHeader(
            id,
            epoch,
            firstSequence,
            TakeSalt(pending),
            (ulong)pending.Mapping.Length,
            pending.IsRecycled);
        header.Write(pending.Mapping.Write(0, SegmentHeader.Length));
        int end = SegmentHeader.Length + WriteFirst(in header, pending.Mapping, first);
        SyncMapping(pending.Mapping, LogOperations.SyncHeader, 0, end);

        string path = Path.Combine(_options.Directory, LogFiles.SegmentName(id));
        _fileSystem.Rename(LogOperations.Rename, pending.Path, path);
        if (!PlantedBugs.Has(PlantedBug.SegmentNameNotSynced))
        {
            SyncDirectory(LogOperations.SyncDirectory);
        }

        var segment = new Segment(header, path, pending.Mapping);
        if (first.Count > 0)
        {
            segment.Advance(end, firstSequence);
        }

        Enlist(segment);
        _pending = null;

        LogMessages.SegmentPublished(_logger, _active!.Path, epoch, firstSequence);
        _observer?.SegmentPublished(_active.Id, _active.Mapping.Length);
    }

    private ulong TakeSalt(SpareSegment pending) =>
        PlantedBugs.Has(PlantedBug.RecycledSaltKept) && pending.IsRecycled
            ? SegmentHeader.SaltOf(pending.Mapping.Read(0, SegmentHeader.Length))
            : _options.SaltSource() | 1;

    // One frame with one transaction, behind the header; its length, 0 without one.
    private static int WriteFirst(in SegmentHeader header, IMappedFile file, IReadOnlyList<byte[]> payloads)
    {
        if (payloads.Count == 0)
        {
            return 0;
        }

        const int Start = SegmentHeader.Length;
        int at = Start + FrameHeader.Length;
        foreach (byte[] payload in payloads)
        {
            Span<byte> entry = file.Write(at, FrameHeader.EntryPrefixLength + payload.Length);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, (uint)payload.Length);
            payload.CopyTo(entry[FrameHeader.EntryPrefixLength..]);
            at += entry.Length;
        }

        // A recycled file has other bytes there.
        int length = (int)FrameHeader.Align(at) - Start;
        file.Write(at, Start + length - at).Clear();
        var frame = new FrameHeader(length, payloads.Count, header.FirstSequence, header.FirstSequence);
        frame.Seal(file.Write(Start, length), header.MarkAt(Start));
        return length;
    }

    // The end mark makes a closed segment recognisable; cut to its true length, it costs no more than it holds.
    private void Close(Segment segment)
    {
        if (!segment.Closed)
        {
            long end = segment.DurableEnd;
            var mark = new FrameHeader(FrameHeader.Length, 0, segment.LastSequence + 1, segment.LastSequence);
            mark.Seal(segment.Mapping.Write(end, FrameHeader.Length), segment.Header.MarkAt(end));
            SyncMapping(segment.Mapping, LogOperations.SyncEnd, end, FrameHeader.Length);
            segment.Closed = true;
        }

        if (!segment.IsCut)
        {
            try
            {
                segment.Mapping.Truncate(LogOperations.Truncate, segment.DurableEnd + FrameHeader.Length);
            }
            catch (StorageException failed) when (failed.Fault == StorageFault.SyncFailed)
            {
                throw Latch(failed);
            }

            segment.IsCut = true;
            segment.Mapping.Release(0, segment.Mapping.Length);
        }
    }

    private void Enlist(Segment segment)
    {
        lock (_gate)
        {
            _segments = _segments.With(segment);
        }

        if (_active is not null)
        {
            _active.Next = segment;
        }

        _active = segment;
    }

    private void SyncMapping(IMappedFile mapping, string operation, long offset, long length)
    {
        try
        {
            mapping.Sync(operation, offset, length);
        }
        catch (StorageException failed)
        {
            if (PlantedBugs.Has(PlantedBug.SyncFailureForgotten))
            {
                throw;
            }

            throw Latch(failed);
        }
    }

    private void SyncDirectory(string operation)
    {
        try
        {
            _fileSystem.SyncDirectory(operation, _options.Directory);
        }
        catch (StorageException failed)
        {
            throw Latch(failed);
        }
    }
}
