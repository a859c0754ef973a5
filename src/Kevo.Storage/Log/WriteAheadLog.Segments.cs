using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Platform;

namespace Kevo.Storage.Log;

/// <content>
/// Segments: made under a temporary name ahead of need, and published when a frame begins them
/// (<see cref="SegmentPublication"/>).
/// </content>
public sealed partial class WriteAheadLog
{
    // One preparation at a time; the slot itself changes hands by exchange.
    private readonly Lock _preparing = new();
    private SpareSegment? _spare;
    private int _temporaryNumber;

    // Writer's thread only.
    private SpareSegment? _pending;
    private SegmentPublication? _publication;
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
        if (_publication is null)
        {
            _publication = NewPublication(epoch, firstSequence, first);
            _publication.Hold();
        }

        FinishPublication();
    }

    // The frame that begins the pending segment goes on growing meanwhile. Every frame before it is durable.
    private void BeginPublication()
    {
        _publication = NewPublication(_epoch.Epoch, _firstSequence, []);
        _fileSystem.StartBehind(_publication);
    }

    private SegmentPublication NewPublication(ulong epoch, ulong firstSequence, IReadOnlyList<byte[]> first)
    {
        SpareSegment pending = _pending!;
        var header = new SegmentHeader(
            _active is null ? 1 : _active.Id + 1,
            epoch,
            firstSequence,
            TakeSalt(pending),
            (ulong)pending.Mapping.Length,
            pending.IsRecycled);
        return new SegmentPublication(_fileSystem, _options.Directory, _active, pending, header, first);
    }

    private void FinishPublication()
    {
        SegmentPublication publication = _publication!;

        // Whatever fails below takes the open frame along; the caller ends this state when all went well.
        _state = LogState.Broken;
        _publication = null;
        try
        {
            _ = publication.Finish();
        }
        catch (StorageException failed) when (publication.IsNamed
            || (failed.Fault == StorageFault.SyncFailed && !PlantedBugs.Has(PlantedBug.SyncFailureForgotten)))
        {
            // With its name it is part of the log already, or not, as the disk will have it: nothing can be undone.
            throw Latch(failed);
        }

        Enlist(publication.Segment);
        _pending = null;

        LogMessages.SegmentPublished(
            _logger, _active!.Path, publication.Segment.Header.Epoch, publication.Segment.Header.FirstSequence);
        _observer?.SegmentPublished(_active.Id, _active.Mapping.Length);
    }

    private void FinishPublicationUnderWay()
    {
        if (_publication is not null)
        {
            FinishPublication();
        }
    }

    // A segment that could not be published remains pending; it is the open frame's, which is being given up.
    private void GiveUpPublication()
    {
        if (_publication is null)
        {
            return;
        }

        try
        {
            FinishPublication();
        }
        catch (StorageException error) when (error.Fault != StorageFault.SyncFailed)
        {
            // Whoever begins the next segment meets the cause, if it lasts.
        }
    }

    private ulong TakeSalt(SpareSegment pending) =>
        PlantedBugs.Has(PlantedBug.RecycledSaltKept) && pending.IsRecycled
            ? SegmentHeader.SaltOf(pending.Mapping.Read(0, SegmentHeader.Length))
            : _options.SaltSource() | 1;

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
}
