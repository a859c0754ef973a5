using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Makes a directory that the stock server serves completely: our tables, whose layout stock reads without losing keys,
/// under names in order of age, an empty WAL, and a manifest with absolute paths and settings that keep stock from
/// flushing and compacting. Everything is read back by stock's own rules before the directory gets its name.
/// </summary>
/// <remarks>
/// The directory is made beside the target under a temporary name (<c>.promoting</c> behind it) and renamed at the end,
/// so a target is complete or absent. One thread; the store must not be writing.
/// </remarks>
public sealed partial class Promotion
{
    private const string StagingSuffix = ".promoting";
    private const int CopyChunk = 1 << 20;
    private const int ClientKeyLengthMax = 4096;

    // Large enough that stock never reaches it: no flush, no rotation, and the newest WAL file stays the current one.
    private const long Unreachable = 1L << 40;
    private const long OneYearSeconds = 31_536_000;

    private readonly IFileSystem _fileSystem;
    private readonly PromotionRequest _request;
    private readonly CancellationToken _cancellation;
    private readonly string _target;
    private readonly string _final;
    private readonly string _staging;
    private readonly string _stagedTables;
    private readonly List<TableReader> _sources = [];
    private int _linked;
    private int _copied;
    private int _written;
    private long _tableBytes;
    private long _verified;
    private long _overLimit;

    private Promotion(IFileSystem fileSystem, PromotionRequest request, CancellationToken cancellationToken)
    {
        _fileSystem = fileSystem;
        _request = request;
        _cancellation = cancellationToken;
        _target = Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.TargetDirectory));
        _final = Path.TrimEndingDirectorySeparator(request.FinalDirectory ?? _target);
        _staging = _target + StagingSuffix;
        _stagedTables = Path.Combine(_staging, "sst");
    }

    private int TableCount => _linked + _copied + _written;

    /// <summary>Runs a promotion.</summary>
    /// <exception cref="ConfigurationException">
    /// The target is not empty, a path is unsuitable for stock, or a left-over of an earlier run is in the way. Nothing
    /// was changed.
    /// </exception>
    /// <exception cref="StorageException">
    /// A table is corrupt, the disk failed, or what stock would serve differs from the content; the target was not
    /// made.
    /// </exception>
    public static PromotionReport Run(
        IFileSystem fileSystem, PromotionRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(request);
        var promotion = new Promotion(fileSystem, request, cancellationToken);
        try
        {
            return promotion.Run();
        }
        finally
        {
            promotion._sources.ForEach(table => table.Dispose());
        }
    }

    private PromotionReport Run()
    {
        CheckPaths();
        foreach (string path in _request.TablesOldestFirst)
        {
            _sources.Add(TableReader.Open(_fileSystem, path));
        }

        string wal = Path.Combine(_staging, "wal");
        _fileSystem.CreateDirectory("PROMOTE:MKDIR", _stagedTables);
        _fileSystem.CreateDirectory("PROMOTE:MKDIR", wal);
        if (_request.Mode == PromotionMode.Rewrite)
        {
            RewriteContent();
        }
        else
        {
            _request.TablesOldestFirst.ToList().ForEach(PlaceTable);
            WriteTail();
        }

        _fileSystem.ReplaceFile(
            "PROMOTE:MANIFEST", Path.Combine(_staging, StockManifest.FileName), Manifest().ToJson());
        _fileSystem.SyncDirectory("PROMOTE:SYNCDIR", _stagedTables);
        _fileSystem.SyncDirectory("PROMOTE:SYNCDIR", wal);
        _fileSystem.SyncDirectory("PROMOTE:SYNCDIR", _staging);
        Verify();
        _fileSystem.Rename("PROMOTE:RENAME", _staging, _target);
        _fileSystem.SyncDirectory("PROMOTE:SYNCDIR", Path.GetDirectoryName(_target)!);
        return new PromotionReport
        {
            Directory = _target,
            LinkedTables = _linked,
            CopiedTables = _copied,
            WrittenTables = _written,
            TableBytes = _tableBytes,
            VerifiedKeys = _verified,
            KeysOverClientLimit = _overLimit,
            CommandLine = $"kevo -server {Quoted(_final)}",
        };
    }

    private void CheckPaths()
    {
        if (!Path.IsPathFullyQualified(_final))
        {
            throw new ConfigurationException(
                $"The final directory {_final} must be absolute: stock resolves others by where it is started.");
        }

        if (StockDirectory.HasGlobCharacters(_final))
        {
            throw new ConfigurationException(
                $"The path {_final} has one of the characters * ? [ \\, with which stock Kevo does not find its own "
                + "WAL files. Choose another directory.");
        }

        if (_fileSystem.FileExists(_target) || !IsMissingOrEmpty(_target))
        {
            throw new ConfigurationException($"{_target} is not empty. Choose a directory that is, or does not exist.");
        }

        if (_fileSystem.FileExists(_staging) || _fileSystem.DirectoryExists(_staging))
        {
            throw new ConfigurationException(
                $"{_staging} is left over from a promotion that did not end. Remove it and try again.");
        }

        foreach (string path in _request.TablesOldestFirst)
        {
            if (!_fileSystem.FileExists(path))
            {
                throw new StorageException(StorageFault.NotFound, $"Table {path} does not exist.", path);
            }
        }
    }

    private bool IsMissingOrEmpty(string directory) =>
        !_fileSystem.DirectoryExists(directory)
        || (_fileSystem.ListFiles("PROMOTE:LIST", directory).Count == 0
            && _fileSystem.ListDirectories("PROMOTE:LIST", directory).Count == 0);

    private string NextTablePath() =>
        Path.Combine(_stagedTables, TableFiles.TableName((ulong)TableCount + 1));

    private void PlaceTable(string source)
    {
        _cancellation.ThrowIfCancellationRequested();
        string path = NextTablePath();
        if (_request.Mode != PromotionMode.Link || !TryLink(source, path))
        {
            Copy(source, path);
            _copied++;
        }
        else
        {
            _linked++;
        }

        _tableBytes += _fileSystem.FileLength("PROMOTE:LENGTH", path);
        _request.Progress?.Report(
            new WorkProgress("placing tables", TableCount, _request.TablesOldestFirst.Count));
    }

    /// <summary>File systems without links, and other disks, are no fault: then the table is copied.</summary>
    private bool TryLink(string source, string path)
    {
        try
        {
            _fileSystem.Link("PROMOTE:LINK", source, path);
            return true;
        }
        catch (StorageException e) when (e.Fault is StorageFault.InputOutput or StorageFault.ReadOnly)
        {
            return false;
        }
    }

    private void Copy(string source, string path)
    {
        using IMappedFile from = _fileSystem.OpenMapped("PROMOTE:OPEN", source, writable: false);
        using IAppendFile to = _fileSystem.CreateAppend("PROMOTE:CREATE", path);
        for (long at = 0; at < from.Length; at += CopyChunk)
        {
            _cancellation.ThrowIfCancellationRequested();
            int length = (int)Math.Min(CopyChunk, from.Length - at);
            to.Append("PROMOTE:APPEND", from.Read(at, length));
            from.Release(at, length);
        }

        to.Sync("PROMOTE:SYNC");
    }

    private void WriteTail()
    {
        if (_request.Tail is null || !_request.Tail.Seek(default))
        {
            return;
        }

        using TableWriter writer = NewTable();
        do
        {
            if (_request.Tail.IsTombstone)
            {
                writer.AddTombstone(_request.Tail.Key, _request.Tail.Sequence);
            }
            else
            {
                writer.Add(_request.Tail.Key, _request.Tail.Value, _request.Tail.Sequence);
            }
        }
        while (_request.Tail.MoveNext());
        Publish(writer);
    }

    private void RewriteContent()
    {
        using MergingCursor content = OpenContent();
        TableWriter? writer = null;
        try
        {
            for (bool more = content.Seek(default); more; more = content.MoveNext())
            {
                if (content.IsTombstone)
                {
                    continue;
                }

                _cancellation.ThrowIfCancellationRequested();
                writer ??= NewTable();
                writer.Add(content.Key, content.Value, content.Sequence);
                if (writer.EstimatedFileLength >= _request.RewrittenTableBytes)
                {
                    Publish(writer);
                    writer.Dispose();
                    writer = null;
                }
            }

            if (writer is not null)
            {
                Publish(writer);
            }
        }
        finally
        {
            writer?.Dispose();
        }
    }

    private TableWriter NewTable() => TableWriter.Create(
        _fileSystem,
        NextTablePath(),
        new TableWriterOptions { FilterBitsPerKey = 0, CreatedUnixNanoseconds = _request.CreatedUnixNanoseconds });

    private void Publish(TableWriter writer)
    {
        TableSummary summary = writer.Publish();
        _written++;
        _tableBytes += summary.FileLength;
    }

    private StockManifest Manifest() => new()
    {
        WalDirectory = Path.Combine(_final, "wal"),
        TableDirectory = Path.Combine(_final, "sst"),
        MemtableSize = Unreachable,
        MaxMemtableAge = 0,
        WalMaxSize = Unreachable,
        CompactionInterval = OneYearSeconds,
    };

    private static string Quoted(string path)
    {
        foreach (char c in path)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"/._-+:@,".Contains(c, StringComparison.Ordinal))
            {
                return string.Create(
                    CultureInfo.InvariantCulture, $"'{path.Replace("'", "'\\''", StringComparison.Ordinal)}'");
            }
        }

        return path;
    }
}
