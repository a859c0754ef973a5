using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Log;

/// <summary>
/// Reads a whole log directory and says what is there: every segment, and every situation of the recovery table.
/// Changes nothing; opening and inspecting both start here.
/// </summary>
internal sealed class LogScan
{
    private readonly IFileSystem _fileSystem;
    private readonly string _directory;
    private readonly string _operation;
    private readonly IProgress<WorkProgress>? _progress;
    private long _bytesBefore;
    private long _bytesInAll;
    private readonly List<SegmentScan> _segments = [];
    private readonly List<RecoveryFinding> _findings = [];
    private readonly List<string> _leftovers = [];

    private LogScan(
        IFileSystem fileSystem, string directory, string operation, IProgress<WorkProgress>? progress)
    {
        _progress = progress;
        _fileSystem = fileSystem;
        _directory = directory;
        _operation = operation;
    }

    /// <summary>The segments in the order of their ids.</summary>
    internal IReadOnlyList<SegmentScan> Segments => _segments;

    /// <summary>All that was found, in the order of the files.</summary>
    internal IReadOnlyList<RecoveryFinding> Findings => _findings;

    /// <summary>Paths of files that a crash left behind.</summary>
    internal IReadOnlyList<string> Leftovers => _leftovers;

    /// <summary>Reads the directory.</summary>
    /// <param name="fileSystem">Where it is.</param>
    /// <param name="directory">The log directory.</param>
    /// <param name="checkpoint">Segments wholly at or below it are not read through.</param>
    /// <param name="operation">Operation name of the reads.</param>
    /// <param name="syncFirst">
    /// Whether each file is synced before it is read through, so that every decision is about durable bytes. One that
    /// the checkpoint lets us pass over was made durable when it was closed.
    /// </param>
    /// <param name="mayBeInUse">
    /// Whether the log's owner may be deleting segments meanwhile; one whose name is gone when it has been read is left
    /// out, whatever was read of it.
    /// </param>
    /// <param name="progress">Hears how far it is, in bytes, after every frame; nobody when null.</param>
    /// <param name="cancellationToken">Ends the scan between two frames.</param>
    internal static LogScan Run(
        IFileSystem fileSystem,
        string directory,
        LogPosition checkpoint,
        string operation,
        bool syncFirst,
        bool mayBeInUse,
        IProgress<WorkProgress>? progress,
        CancellationToken cancellationToken)
    {
        var scan = new LogScan(fileSystem, directory, operation, progress);
        List<uint> ids = scan.List();
        int listed = scan._findings.Count;
        List<SegmentHeader?> headers = scan.ReadHeaders(ids, mayBeInUse);
        for (int i = 0; i < ids.Count; i++)
        {
            string path = scan.PathOf(ids[i]);
            bool skip = i + 1 < ids.Count && IsBelow(headers[i], headers[i + 1], checkpoint);
            if (syncFirst && !skip)
            {
                fileSystem.SyncFile(LogOperations.RecoverySyncFile, path);
            }

            if (scan.ReadSegment(path, ids[i], skip, mayBeInUse, cancellationToken) is { } segment)
            {
                scan.Add(segment, isLast: i + 1 == ids.Count);
            }
            else
            {
                // The oldest go first: what was read before this one is gone as well.
                scan._segments.Clear();
                scan._findings.RemoveRange(listed, scan._findings.Count - listed);
            }
        }

        scan.CompareWithCheckpoint(checkpoint);
        return scan;
    }

    private static bool IsBelow(SegmentHeader? header, SegmentHeader? next, LogPosition checkpoint) =>
        header is { } own && next is { } following
        && (own.Epoch < checkpoint.Epoch
            || (following.Epoch == checkpoint.Epoch && following.FirstSequence <= checkpoint.Sequence + 1));

    private string PathOf(uint id) => Path.Combine(_directory, LogFiles.SegmentName(id));

    private List<uint> List()
    {
        List<uint> ids = [];
        foreach (string name in _fileSystem.ListFiles(_operation, _directory))
        {
            string path = Path.Combine(_directory, name);
            if (name.EndsWith(LogFiles.TemporarySuffix, StringComparison.Ordinal))
            {
                _leftovers.Add(path);
                Report(
                    RecoveryCase.LeftoverTemporaryFile,
                    path,
                    $"a segment that was being made and never became part of the log.");
            }
            else if (LogFiles.TryParseSegmentName(name, out uint id))
            {
                ids.Add(id);
            }
            else if (name.EndsWith(LogFiles.SegmentSuffix, StringComparison.Ordinal))
            {
                Report(RecoveryCase.ForeignFile, path, $"the name ends as a segment's does but is none.");
            }
        }

        if (ids.Count == 0)
        {
            Report(RecoveryCase.EmptyDirectory, _directory, $"there is no segment.");
        }

        return ids;
    }

    private List<SegmentHeader?> ReadHeaders(List<uint> ids, bool mayBeInUse)
    {
        List<SegmentHeader?> headers = new(ids.Count);
        _bytesInAll = 0;
        Span<byte> bytes = stackalloc byte[SegmentHeader.Length];
        foreach (uint id in ids)
        {
            SegmentHeader? found = null;
            try
            {
                using IRandomReadFile file = _fileSystem.OpenRead(_operation, PathOf(id));
                int read = file.Read(_operation, 0, bytes);
                _bytesInAll += file.Length;
                if (SegmentHeader.TryRead(bytes[..read], out SegmentHeader header, out _) is null)
                {
                    found = header;
                }
            }
            catch (StorageException deleted) when (mayBeInUse && deleted.Fault == StorageFault.NotFound)
            {
                // Left out when it is its turn to be read.
            }

            headers.Add(found);
        }

        return headers;
    }

    // Null when the log's owner deleted it meanwhile. The name goes before the bytes change, so that whatever was read
    // while it had the name is right.
    private SegmentScan? ReadSegment(
        string path, uint id, bool skip, bool mayBeInUse, CancellationToken cancellationToken)
    {
        try
        {
            SegmentScan segment = ReadSegment(path, id, skip, cancellationToken);
            return mayBeInUse && !_fileSystem.FileExists(path) ? null : segment;
        }
        catch (StorageException deleted) when (mayBeInUse && deleted.Fault == StorageFault.NotFound)
        {
            return null;
        }
    }

    private SegmentScan ReadSegment(string path, uint id, bool skip, CancellationToken cancellationToken)
    {
        using var reader = new SegmentReader(_fileSystem, _operation, path, id);
        bool skipped = skip && reader.TrySkipToEnd();
        while (!skipped && reader.TryReadFrame(out _, out _))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _progress?.Report(new WorkProgress("reading the log", _bytesBefore + reader.Position, _bytesInAll));
        }

        _bytesBefore += reader.FileLength;
        return new SegmentScan
        {
            Path = path,
            Id = id,
            FileLength = reader.FileLength,
            Header = reader.HasHeader ? reader.Header : null,
            Finding = reader.DescribeEnd(),
            End = reader.Position,
            LastSequence = reader.NextSequence - 1,
            Closed = reader.Closed,
            Skipped = skipped,
            Frames = reader.Frames,
            Entries = reader.Entries,
        };
    }

    private void Add(SegmentScan segment, bool isLast)
    {
        SegmentScan? previous = _segments.Count > 0 ? _segments[^1] : null;
        _segments.Add(segment);
        if (previous?.Header is { } before && segment.Header is { } header)
        {
            CompareNeighbours(previous, before, segment, header);
        }

        RecoveryFinding finding = segment.Finding;
        if (!isLast && finding.Case is RecoveryCase.ZeroTail or RecoveryCase.RecycledTail or RecoveryCase.TornTail)
        {
            finding = finding with
            {
                Case = RecoveryCase.UnclosedSegment,
                Detail = "another segment follows, but this one has no end mark; frames are missing at its end.",
            };
        }

        if (isLast || finding.Case != RecoveryCase.CleanEnd)
        {
            _findings.Add(finding);
        }
    }

    private void CompareNeighbours(
        SegmentScan previous, SegmentHeader before, SegmentScan segment, SegmentHeader header)
    {
        if (header.Epoch < before.Epoch)
        {
            Report(RecoveryCase.WrongEpoch, segment.Path, $"epoch {header.Epoch} follows epoch {before.Epoch}.");
        }
        else if (segment.Id != previous.Id + 1)
        {
            Report(
                RecoveryCase.HoleBetweenSegments, segment.Path, $"segment {segment.Id} follows segment {previous.Id}.");
        }
        else if (header.Epoch == before.Epoch && header.FirstSequence != previous.LastSequence + 1 && previous.Closed)
        {
            Report(
                RecoveryCase.HoleBetweenSegments,
                segment.Path,
                $"it starts with sequence {header.FirstSequence}, the one before ends with {previous.LastSequence}.");
        }
    }

    private void CompareWithCheckpoint(LogPosition checkpoint)
    {
        if (checkpoint == LogPosition.None || _segments.Count == 0 || _segments[^1].Header is not { } last)
        {
            return;
        }

        if (checkpoint.Epoch != last.Epoch)
        {
            Report(
                checkpoint.Epoch > last.Epoch
                    ? RecoveryCase.CheckpointInLaterEpoch
                    : RecoveryCase.CheckpointInEarlierEpoch,
                _directory,
                $"the checkpoint is {checkpoint}, the log is in epoch {last.Epoch}.");
            return;
        }

        ulong first = FirstSequenceOf(last.Epoch);
        if (first > checkpoint.Sequence + 1)
        {
            Report(
                RecoveryCase.HoleAfterCheckpoint,
                _directory,
                $"the checkpoint is {checkpoint}, the log begins with sequence {first}.");
        }
        else if (_segments[^1].LastSequence < checkpoint.Sequence)
        {
            // Where the end is, is where the damage is, if a bit of the last frame turned over.
            SegmentScan end = _segments[^1];
            _findings.Add(new RecoveryFinding(
                RecoveryCase.EndBeforeCheckpoint,
                end.Path,
                end.End,
                FormattableString.Invariant(
                    $"the checkpoint is {checkpoint}, the log ends with sequence {end.LastSequence}.")));
        }
    }

    private void Report(RecoveryCase situation, string path, FormattableString detail) =>
        _findings.Add(new RecoveryFinding(situation, path, 0, FormattableString.Invariant(detail)));

    private ulong FirstSequenceOf(ulong epoch)
    {
        foreach (SegmentScan segment in _segments)
        {
            if (segment.Header is { } header && header.Epoch == epoch)
            {
                return header.FirstSequence;
            }
        }

        return 0;
    }
}
