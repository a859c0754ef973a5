using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Platform;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Storage.Log;

/// <content>Opening: lock, sync, read all, decide by the recovery table, then change what it says may be
/// changed.</content>
public sealed partial class WriteAheadLog
{
    /// <summary>
    /// Opens the log of a directory, or begins an empty one. Every frame above the checkpoint is verified before
    /// this returns; what a crash left unfinished is removed; anything else out of order stops it without a change.
    /// </summary>
    /// <param name="options">Directory, sizes and checkpoint.</param>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="time">Measures durations; nothing else depends on it. The system's when null.</param>
    /// <param name="logger">Hears of opening, cuts and epochs; nobody when null.</param>
    /// <param name="observer">Hears of syncs and segments; nobody when null.</param>
    /// <param name="cancellationToken">Ends the reading between two frames; nothing is changed then.</param>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.InUse"/>, <see cref="StorageFault.Corrupt"/>,
    /// <see cref="StorageFault.UnknownVersion"/>, or a fault of the disk. The message names file, offset and
    /// situation.
    /// </exception>
    public static WriteAheadLog Open(
        LogOptions options,
        IFileSystem fileSystem,
        TimeProvider? time = null,
        ILogger? logger = null,
        ILogObserver? observer = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(fileSystem);
        EnsureDirectory(fileSystem, options.Directory);
        IDisposable directoryLock = fileSystem.LockDirectory(LogOperations.Lock, options.Directory);
        bool opened = false;
        WriteAheadLog? log = null;
        try
        {
            log = new WriteAheadLog(
                options,
                fileSystem,
                time ?? TimeProvider.System,
                logger ?? NullLogger.Instance,
                observer,
                directoryLock);
            log.Recover(cancellationToken);
            opened = true;
            return log;
        }
        finally
        {
            if (!opened)
            {
                log?.Dispose();
                directoryLock.Dispose();
            }
        }
    }

    // A directory whose own name is lost in a power cut takes the whole log along, so every name on the way must be
    // durable. Existing ones are synced too: the process that made them may have been killed before it did.
    private static void EnsureDirectory(IFileSystem fileSystem, string directory)
    {
        directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        fileSystem.CreateDirectory(LogOperations.CreateDirectory, directory);
        bool isParent = true;
        for (string? above = Path.GetDirectoryName(directory); above is not null; above = Path.GetDirectoryName(above))
        {
            try
            {
                fileSystem.SyncDirectory(LogOperations.SyncParent, above);
            }
            catch (StorageException denied) when (denied.Fault == StorageFault.ReadOnly && !isParent)
            {
                // A directory far above that this user may not even open is one that somebody else made, long ago.
                return;
            }

            isParent = false;
        }
    }

    private void Recover(CancellationToken cancellationToken)
    {
        long started = _time.GetTimestamp();

        // What is read below may still be only in the page cache of a killed process: first durable, then believed.
        _fileSystem.SyncDirectory(LogOperations.RecoverySyncDirectory, _options.Directory);
        LogScan scan = LogScan.Run(
            _fileSystem,
            _options.Directory,
            _options.Checkpoint,
            LogOperations.RecoveryRead,
            syncFirst: !PlantedBugs.Has(PlantedBug.RecoveryNotSynced),
            mayBeInUse: false,
            _options.Progress,
            cancellationToken);
        foreach (RecoveryFinding finding in scan.Findings)
        {
            if (finding.Decision == RecoveryDecision.Stop)
            {
                throw RecoveryTable.Stop(finding);
            }
        }

        foreach (string leftover in scan.Leftovers)
        {
            _fileSystem.Delete(LogOperations.RecoveryDelete, leftover);
        }

        foreach (SegmentScan segment in scan.Segments)
        {
            Adopt(segment);
        }

        if (PlantedBugs.Has(PlantedBug.ZeroTailAsRecord) && _active is { Closed: false } open)
        {
            open.Advance(Math.Min(open.DurableEnd + FrameHeader.Length, open.FrameLimit), open.LastSequence);
        }

        if (_active is not null)
        {
            _epoch = new EpochState(_active.Header.Epoch, _active.LastSequence);
            OpenFrame();
        }

        Report(scan, _time.GetElapsedTime(started));
    }

    private void Adopt(SegmentScan scan)
    {
        SegmentHeader header = scan.Header!.Value;
        if (scan.Finding.Case == RecoveryCase.UncutSegment)
        {
            _fileSystem.Truncate(LogOperations.RecoveryTruncate, scan.Path, scan.End);
        }

        IMappedFile mapping = _fileSystem.OpenMapped(LogOperations.Map, scan.Path, writable: !scan.Closed);
        var segment = new Segment(header, scan.Path, mapping) { Closed = scan.Closed, IsCut = scan.Closed };
        segment.Advance(scan.Closed ? scan.End - FrameHeader.Length : scan.End, scan.LastSequence);
        Enlist(segment);
        if (scan.Finding.Case == RecoveryCase.TornTail)
        {
            // In a recycled file nothing can be told from its earlier content but where a frame begins.
            long tail = header.IsRecycled ? FrameHeader.Length : mapping.Length - scan.End;
            mapping.Write(scan.End, (int)tail).Clear();
            mapping.Sync(LogOperations.RecoveryCut, scan.End, tail);
        }
    }

    private void Report(LogScan scan, TimeSpan duration)
    {
        Recovery = new RecoveryReport
        {
            First = First,
            Durable = Durable,
            VerifiedSegments = scan.Segments.Count(static segment => !segment.Skipped),
            SkippedSegments = scan.Segments.Count(static segment => segment.Skipped),
            Frames = scan.Segments.Sum(static segment => segment.Frames),
            Entries = scan.Segments.Sum(static segment => segment.Entries),
            Bytes = scan.Segments.Sum(static segment => segment.Skipped ? 0 : segment.End - SegmentHeader.Length),
            Duration = duration,
            Findings = scan.Findings,
        };
        foreach (RecoveryFinding finding in scan.Findings)
        {
            if (finding.Decision == RecoveryDecision.Cut)
            {
                LogMessages.Cut(_logger, finding.Case, finding.Path, finding.Offset, finding.Detail);
            }
        }

        LogMessages.Opened(
            _logger,
            _options.Directory,
            Recovery.First,
            Recovery.Durable,
            Recovery.Entries,
            Recovery.Frames,
            Recovery.SkippedSegments);
    }
}
