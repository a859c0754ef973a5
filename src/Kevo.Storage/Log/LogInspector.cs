using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Log;

/// <summary>
/// Looks into a log directory without opening the log: takes no lock, changes nothing, and reads with plain reads.
/// The log may be in use; then the frame being written may show as a torn tail, and segments that are deleted meanwhile
/// are left out.
/// </summary>
public static class LogInspector
{
    /// <summary>Whether a file of this name, without directory, is a segment of a log.</summary>
    public static bool IsSegment(string name) => LogFiles.TryParseSegmentName(name, out _);

    /// <summary>Reads and verifies every byte of the directory's segments.</summary>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="directory">The log directory.</param>
    /// <param name="progress">Hears how far it is, in bytes, after every frame; nobody when null.</param>
    /// <param name="cancellationToken">Ends the reading between two frames.</param>
    /// <exception cref="StorageException">
    /// The directory is missing or a file cannot be read. Damage is no error but a finding.
    /// </exception>
    public static LogInspection Inspect(
        IFileSystem fileSystem,
        string directory,
        IProgress<WorkProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        LogScan scan = LogScan.Run(
            fileSystem,
            directory,
            LogPosition.None,
            LogOperations.Inspect,
            syncFirst: false,
            mayBeInUse: true,
            progress,
            cancellationToken);
        return new LogInspection
        {
            Directory = directory,
            Segments = [.. scan.Segments.Select(Summarise)],
            Findings = scan.Findings,
        };
    }

    /// <summary>
    /// Hands over every entry of every intact frame from a position on, oldest first. Stops reading a segment at
    /// damage and goes on with the next; <see cref="Inspect"/> tells what the damage is.
    /// </summary>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="directory">The log directory.</param>
    /// <param name="from">Entries before it are left out; <see cref="LogPosition.None"/> for all.</param>
    /// <param name="visitor">Takes the entries; false ends the dump.</param>
    /// <param name="cancellationToken">Ends the dump between two frames.</param>
    /// <returns>How many entries were handed over.</returns>
    /// <exception cref="StorageException">The directory is missing or a file cannot be read.</exception>
    public static long Dump(
        IFileSystem fileSystem,
        string directory,
        LogPosition from,
        InspectedEntryVisitor visitor,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(visitor);
        long count = 0;
        foreach (string name in fileSystem.ListFiles(LogOperations.Inspect, directory))
        {
            if (!LogFiles.TryParseSegmentName(name, out uint id))
            {
                continue;
            }

            using SegmentReader? reader = OpenUnlessDeleted(fileSystem, Path.Combine(directory, name), id);
            while (reader is not null && reader.TryReadFrame(out FrameHeader header, out ReadOnlySpan<byte> frame))
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (!DumpFrame(reader, header, frame, from, visitor, ref count))
                {
                    return count;
                }
            }
        }

        return count;
    }

    private static SegmentReader? OpenUnlessDeleted(IFileSystem fileSystem, string path, uint id)
    {
        try
        {
            return new SegmentReader(fileSystem, LogOperations.Inspect, path, id);
        }
        catch (StorageException deleted) when (deleted.Fault == StorageFault.NotFound)
        {
            return null;
        }
    }

    private static bool DumpFrame(
        SegmentReader reader,
        in FrameHeader header,
        ReadOnlySpan<byte> frame,
        LogPosition from,
        InspectedEntryVisitor visitor,
        ref long count)
    {
        long frameOffset = reader.Position - header.FrameLength;
        var entries = new FrameReader(frame, reader.Id, frameOffset, header.EntryCount);
        while (entries.TryRead(out WalEntry entry, out LogAddress address))
        {
            var position = new LogPosition(reader.Header.Epoch, entry.Sequence);
            if (position < from)
            {
                continue;
            }

            count++;
            if (!visitor(new InspectedEntry(reader.Path, frameOffset, address, position, entry)))
            {
                return false;
            }
        }

        return true;
    }

    private static SegmentSummary Summarise(SegmentScan scan) => new()
    {
        Path = scan.Path,
        Id = scan.Id,
        HasHeader = scan.Header is not null,
        FileLength = scan.FileLength,
        AllocatedLength = (long)(scan.Header?.AllocatedLength ?? 0),
        Epoch = scan.Header?.Epoch ?? 0,
        FirstSequence = scan.Header?.FirstSequence ?? 0,
        LastSequence = scan.Header is null ? 0 : scan.LastSequence,
        Frames = scan.Frames,
        Entries = scan.Entries,
        UsedBytes = scan.Header is null ? 0 : scan.End,
        Closed = scan.Closed,
        Ending = scan.Finding,
    };
}
