using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.Storage.Tests.Log;

/// <summary>A log directory of one test: small segments, salts from 77 on, and its files by name.</summary>
internal sealed class LogDirectory : IDisposable
{
    private readonly TemporaryDirectory _parent = new();
    private ulong _salt = 75;

    /// <summary>The salt of every segment, for files that must be the same each time; each its own when null.</summary>
    internal ulong? Salt { get; init; }

    internal LogDirectory() => System.IO.Directory.CreateDirectory(Path);

    internal static LogPosition Start { get; } = new(1, 0);

    internal string Path => _parent.Combine("log");

    internal string Segment(uint id) => System.IO.Path.Combine(Path, $"{id:D10}.seg");

    internal byte[] Read(uint id) => File.ReadAllBytes(Segment(id));

    internal void Write(uint id, byte[] bytes) => File.WriteAllBytes(Segment(id), bytes);

    internal WriteAheadLog Open(
        LogPosition checkpoint = default,
        int segmentSize = 4096,
        IFileSystem? fileSystem = null,
        ILogObserver? observer = null) =>
        WriteAheadLog.Open(
            new LogOptions
            {
                Directory = Path,
                SegmentSize = segmentSize,
                Checkpoint = checkpoint,
                SaltSource = () => Salt ?? (_salt += 2),
            },
            fileSystem ?? LinuxFileSystem.Instance,
            observer: observer);

    /// <summary>A new log with its first epoch begun.</summary>
    internal WriteAheadLog Begin(int segmentSize = 4096, IFileSystem? fileSystem = null)
    {
        WriteAheadLog log = Open(segmentSize: segmentSize, fileSystem: fileSystem);
        log.BeginEpoch(Start);
        return log;
    }

    /// <summary>Writes frames of 10 puts each over several segments and closes the log.</summary>
    /// <returns>How many transactions were written.</returns>
    internal int Fill(int frames)
    {
        using WriteAheadLog log = Begin();
        for (int i = 0; i < frames; i++)
        {
            log.Write(1 + ((ulong)i * 10), 10);
        }

        return frames * 10;
    }

    /// <summary>Opening must stop at this situation without changing a byte; the error names the file.</summary>
    internal StorageException Stops(RecoveryCase row, string? path = null, LogPosition checkpoint = default)
    {
        Dictionary<string, string> before = Snapshot();
        StorageException stopped = Assert.Throws<StorageException>(() => Open(checkpoint).Dispose());
        Assert.Contains(row.ToString(), stopped.Message, StringComparison.Ordinal);
        Assert.Equal(path ?? stopped.Path, stopped.Path);
        Assert.Equal(
            row == RecoveryCase.UnknownVersion ? StorageFault.UnknownVersion : StorageFault.Corrupt, stopped.Fault);
        Assert.Equal(before, Snapshot());
        return stopped;
    }

    /// <summary>Opening must go on, and report this situation.</summary>
    internal WriteAheadLog Opens(RecoveryCase row, ulong lastSequence, LogPosition checkpoint = default)
    {
        WriteAheadLog log = Open(checkpoint);
        Assert.Contains(log.Recovery.Findings, finding => finding.Case == row);
        Assert.Equal(lastSequence, log.Durable.Sequence);
        return log;
    }

    public void Dispose() => _parent.Dispose();

    private Dictionary<string, string> Snapshot() => System.IO.Directory
        .GetFiles(Path, "*.seg")
        .ToDictionary(static file => file, static file => Convert.ToHexString(File.ReadAllBytes(file)));
}
