using System.Globalization;
using CommunityToolkit.HighPerformance.Buffers;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Compaction;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Store;

/// <summary>The files of a store besides the log: where they are, the checkpoint, and what a crash left over.</summary>
internal sealed class StoreDirectory
{
    // A checkpoint takes under 200 bytes and two keys per table; this is more than a hundred thousand tables with short
    // keys.
    private const int MaxCheckpointLength = 256 << 20;

    private const string TablesName = "tables";
    private const string LogName = "log";
    private const string CheckpointName = "CHECKPOINT";
    private const string SetAsideName = "set-aside";

    private readonly IFileSystem _fileSystem;

    public StoreDirectory(IFileSystem fileSystem, string path)
    {
        _fileSystem = fileSystem;
        Root = path;
        Tables = Path.Combine(path, TablesName);
        Log = Path.Combine(path, LogName);
        CheckpointPath = Path.Combine(path, CheckpointName);
    }

    public string Root { get; }

    public string Tables { get; }

    public string Log { get; }

    public string CheckpointPath { get; }

    /// <summary>Creates the store's own directory if it is missing, durably.</summary>
    public void CreateRoot()
    {
        if (!_fileSystem.DirectoryExists(Root))
        {
            _fileSystem.CreateDirectory("STORE:MKDIR", Root);
            if (Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Root)) is { Length: > 0 } parent)
            {
                _fileSystem.SyncDirectory("STORE:SYNCPARENT", parent);
            }
        }
    }

    /// <summary>
    /// Creates the directory of the tables if it is missing, and makes the names in the store's directory durable: a
    /// process that was killed may have left a checkpoint whose name is not, and files are soon removed because of what
    /// it says.
    /// </summary>
    public void Settle()
    {
        if (!_fileSystem.DirectoryExists(Tables))
        {
            _fileSystem.CreateDirectory("STORE:MKDIR", Tables);
        }

        _fileSystem.SyncDirectory("STORE:SYNCROOT", Root);
    }

    /// <summary>The checkpoint; null when there is none.</summary>
    public Checkpoint? ReadCheckpoint() =>
        _fileSystem.FileExists(CheckpointPath)
            ? CheckpointFormat.Read(
                _fileSystem.ReadAllBytes("CHECKPOINT:READ", CheckpointPath, MaxCheckpointLength), CheckpointPath)
            : null;

    /// <summary>
    /// Replaces the checkpoint durably; the step at which a flush, a merge or a new epoch becomes true.
    /// </summary>
    public void WriteCheckpoint(Checkpoint checkpoint)
    {
        using ArrayPoolBufferWriter<byte> bytes = CheckpointFormat.Write(checkpoint);
        _fileSystem.ReplaceFile("CHECKPOINT", CheckpointPath, bytes.WrittenSpan);
    }

    /// <summary>Whether there is a table that no checkpoint can have forgotten by a crash.</summary>
    public bool HasTables() =>
        _fileSystem.ListFiles("STORE:LIST", Tables).Any(static name => TableFiles.TryParseTableName(name, out _));

    /// <summary>
    /// Queues every file in the tables directory that the checkpoint does not mention. They are results of work that a
    /// crash interrupted before its checkpoint, or inputs of work whose results it has; files that are not ours stay.
    /// </summary>
    public void CollectLeftovers(Checkpoint checkpoint, ObsoleteFiles obsolete)
    {
        HashSet<string> known = [];
        foreach (TableDescription table in checkpoint.Runs.SelectMany(static run => run.Tables))
        {
            string name = TableFiles.TableName(table.Number);
            known.Add(name);
            known.Add(TableFiles.FilterFor(name));
        }

        foreach (string name in _fileSystem.ListFiles("STORE:LIST", Tables))
        {
            if (!known.Contains(name) && IsOurs(name))
            {
                obsolete.Add(Path.Combine(Tables, name));
            }
        }
    }

    // Retention goes on meanwhile, on another thread: what it deletes, nobody was to keep.
    private void LinkUnlessDeleted(string segment, string link)
    {
        try
        {
            _fileSystem.Link("STORE:SETASIDE", segment, link);
        }
        catch (StorageException deleted)
            when (deleted.Fault == StorageFault.NotFound && !_fileSystem.FileExists(segment))
        {
            // See above.
        }
    }

    /// <summary>
    /// Gives every file of the log a second name under <c>set-aside/EPOCH</c>, where nothing of ours deletes it:
    /// history that proved not to be the primary's is for the operator to judge.
    /// </summary>
    public void SetLogAside(ulong epoch)
    {
        string name = epoch.ToString(CultureInfo.InvariantCulture);
        string target = Path.Combine(Root, SetAsideName, name);
        _fileSystem.CreateDirectory("STORE:MKDIR", target);
        foreach (string file in _fileSystem.ListFiles("STORE:LIST", Log))
        {
            string link = Path.Combine(target, file);
            if (file.EndsWith(".seg", StringComparison.Ordinal) && !_fileSystem.FileExists(link))
            {
                LinkUnlessDeleted(Path.Combine(Log, file), link);
            }
        }

        _fileSystem.SyncDirectory("STORE:SYNCASIDE", target);
        _fileSystem.SyncDirectory("STORE:SYNCASIDE", Path.Combine(Root, SetAsideName));
        _fileSystem.SyncDirectory("STORE:SYNCROOT", Root);
    }

    private static bool IsOurs(string name)
    {
        if (name.EndsWith(TableFiles.TemporaryExtension, StringComparison.Ordinal))
        {
            name = name[..^TableFiles.TemporaryExtension.Length];
        }

        if (name.EndsWith(TableFiles.FilterExtension, StringComparison.Ordinal))
        {
            name = name[..^TableFiles.FilterExtension.Length] + TableFiles.TableExtension;
        }

        return TableFiles.TryParseTableName(name, out _);
    }
}
