using Kevo.Core;
using Kevo.Core.Testing;

namespace Kevo.Storage.Log;

/// <content>What is kept: pins on memory, pins on history, and deletion from the front. Any thread.</content>
public sealed partial class WriteAheadLog
{
    // One deletion at a time.
    private readonly Lock _deleting = new();
    private readonly List<RetentionPin> _retentionPins = [];

    // As many as come at once when memtables have become tables; more would be disk space for nothing.
    private const int RetiredMax = 4;

    // Files of segments without name and readers, to become new segments. Belongs to the gate.
    private readonly Queue<string> _retired = new();

    /// <summary>
    /// Keeps a segment mapped, even after it is deleted, until the pin is disposed; addresses in it stay readable.
    /// </summary>
    /// <exception cref="InvalidOperationException">The segment is not mapped any more.</exception>
    public SegmentPin Pin(LogAddress address)
    {
        lock (_gate)
        {
            Segment segment = _segments.Find(address.SegmentId) ?? throw NotMapped(address);
            segment.References++;
            return new SegmentPin(this, segment);
        }
    }

    /// <summary>
    /// Keeps every position from <paramref name="from"/> on from being deleted until the pin is moved or disposed.
    /// Pinning a position that is gone already keeps what is left.
    /// </summary>
    public RetentionPin PinRetention(LogPosition from)
    {
        var pin = new RetentionPin(this, from);
        lock (_gate)
        {
            _retentionPins.Add(pin);
        }

        return pin;
    }

    /// <summary>
    /// Deletes, oldest first, the segments that lie wholly below <paramref name="position"/> and that no retention
    /// pin and no cursor needs. The segment being written always stays. Each deletion is durable before the next,
    /// so that a crash leaves no hole.
    /// </summary>
    /// <returns>How many segments were deleted.</returns>
    /// <remarks>The files of up to four that nobody reads any more are kept, and become the next segments.</remarks>
    /// <exception cref="StorageException">
    /// A file could not be removed; all later ones stay, and it does, or is removed when the log is opened next.
    /// </exception>
    public int DeleteBelow(LogPosition position)
    {
        int deleted = 0;
        lock (_deleting)
        {
            while (TakeOldestBelow(position) is { } segment)
            {
                Delete(segment);
                deleted++;
            }
        }

        return deleted;
    }

    /// <summary>The segments that are part of the log, oldest first; a copy. The last one is being written.</summary>
    public IReadOnlyList<LogSegment> ListSegments()
    {
        lock (_gate)
        {
            var segments = new List<LogSegment>(_segments.LiveCount);
            foreach (Segment segment in _segments.Live())
            {
                ulong epoch = segment.Header.Epoch;
                segments.Add(new LogSegment(
                    new LogPosition(epoch, segment.Header.FirstSequence),
                    new LogPosition(epoch, segment.LastSequence),
                    segment.Mapping.Length));
            }

            return segments;
        }
    }

    internal void Unpin(Segment segment) => LetGo(segment);

    internal void Unpin(RetentionPin pin)
    {
        lock (_gate)
        {
            _retentionPins.Remove(pin);
        }
    }

    internal void Move(ref LogPosition place, LogPosition position)
    {
        lock (_gate)
        {
            place = position;
        }
    }

    private Segment? TakeOldestBelow(LogPosition position)
    {
        if (_failure is not null)
        {
            throw Failed();
        }

        lock (_gate)
        {
            foreach (RetentionPin pin in _retentionPins)
            {
                position = pin.Position < position ? pin.Position : position;
            }

            Segment? oldest = _segments.Live().FirstOrDefault();
            if (oldest?.Next is null || oldest.Cursors > 0
                || new LogPosition(oldest.Header.Epoch, oldest.LastSequence) >= position)
            {
                return null;
            }

            oldest.Deleted = true;
            return oldest;
        }
    }

    // The name goes first, durably. The file becomes another segment only if nobody has it mapped; else it goes, too,
    // and its last reader takes it away.
    private void Delete(Segment segment)
    {
        long bytes = segment.Mapping.Length;
        string path = NewTemporaryPath();
        bool retired = false;
        try
        {
            _fileSystem.Rename(LogOperations.Retire, segment.Path, path);
            retired = true;
        }
        finally
        {
            if (!retired)
            {
                lock (_gate)
                {
                    segment.Deleted = false;
                }
            }
        }

        SyncDirectory(LogOperations.SyncDelete);
        bool isFree = LetGo(segment) || PlantedBugs.Has(PlantedBug.MappedSegmentRecycled);
        bool kept;
        lock (_gate)
        {
            kept = isFree && _retired.Count < RetiredMax && bytes <= _options.SegmentSize;
            if (kept)
            {
                _retired.Enqueue(path);
            }
        }

        LogMessages.SegmentDeleted(_logger, segment.Path);
        _observer?.SegmentDeleted(segment.Id, bytes);
        if (!kept)
        {
            _fileSystem.Delete(LogOperations.Delete, path);
        }
    }

    private string? TakeRetired()
    {
        lock (_gate)
        {
            return _retired.TryDequeue(out string? path) ? path : null;
        }
    }

    // Gives up one reference; true when nobody has the segment mapped any more.
    private bool LetGo(Segment segment)
    {
        bool isFree;
        lock (_gate)
        {
            isFree = ReleaseReference(segment);
        }

        UnmapIf(isFree, segment);
        return isFree;
    }

    // Under the gate. True for the last holder, who takes the mapping away when it has left the gate.
    private bool ReleaseReference(Segment segment)
    {
        if (--segment.References > 0)
        {
            return false;
        }

        _segments = _segments.Without(segment);
        return true;
    }

    // Not under the gate: the file may have no name any more, and then its space is given back to the disk here.
    private static void UnmapIf(bool isFree, Segment segment)
    {
        if (isFree)
        {
            segment.Mapping.Dispose();
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
