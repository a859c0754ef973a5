using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Storage.Log;

namespace Kevo.Storage.Store;

/// <summary>
/// Decides up to where the log may be deleted: below the checkpoint, and leaving a number of bytes behind it for those
/// who follow. Owned by the background work, except for <see cref="Mark"/>.
/// </summary>
internal sealed class LogTrimmer(WriteAheadLog log, long retentionBytes)
{
    private readonly Lock _gate = new();
    private readonly Queue<(LogPosition Position, long SyncedBytes)> _marks = new();
    private LogPosition _allowed;

    /// <summary>Remembers how many bytes had been written when the log was at a position. Writer's thread.</summary>
    public void Mark(LogPosition position)
    {
        lock (_gate)
        {
            _marks.Enqueue((position, log.GetStatistics().SyncedBytes));
        }
    }

    /// <summary>Deletes what a checkpoint at <paramref name="checkpoint"/> makes superfluous.</summary>
    /// <exception cref="StorageException">A segment could not be removed; the next call tries again.</exception>
    public void Trim(LogPosition checkpoint)
    {
        LogPosition allowed;
        lock (_gate)
        {
            long written = log.GetStatistics().SyncedBytes;
            while (_marks.TryPeek(out (LogPosition Position, long SyncedBytes) mark)
                && (mark.Position <= checkpoint || PlantedBugs.Has(PlantedBug.SegmentDeletedEarly))
                && written - mark.SyncedBytes >= retentionBytes)
            {
                _allowed = mark.Position;
                _marks.Dequeue();
            }

            allowed = _allowed;
        }

        // The transaction at the position itself stays: the next connection compares it with the primary's.
        if (allowed != LogPosition.None)
        {
            log.DeleteBelow(allowed);
        }
    }
}
