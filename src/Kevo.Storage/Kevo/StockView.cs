using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <summary>
/// What the stock server would serve right after starting on a directory: by its own replay, its own recovery limit,
/// its own precedence of files, and its own lookup. Used to prove that a directory is safe to hand over, and to explain
/// one that is not. Nothing is changed on disk. One thread.
/// </summary>
/// <remarks>Holds all live WAL content in memory, as stock does. Large memtables cost memory accordingly.</remarks>
public sealed class StockView : IDisposable
{
    private readonly List<TableReader> _tables = [];
    private readonly List<StockReplayedFile> _files = [];
    private StockMemtable _active = new();

    private StockView()
    {
    }

    /// <summary>Why stock would not start at all; null when it would. Then there is nothing to read here.</summary>
    public string? StartFailure { get; private set; }

    /// <summary>Why stock would set every WAL file aside and serve the tables only; null when it would not.</summary>
    public string? WalLoss { get; private set; }

    /// <summary>Memtables that recovery filled. Of more than one, all but the last are invisible at first.</summary>
    public int MemtableCount { get; private set; } = 1;

    /// <summary>What replay made of each WAL file that it came to.</summary>
    public IReadOnlyList<StockReplayedFile> Files => _files;

    /// <summary>The tables stock would open, the last shadowing the ones before it.</summary>
    public int TableCount => _tables.Count;

    /// <summary>Computes the view.</summary>
    /// <exception cref="StorageException">
    /// The file system fails; damage that stock meets is part of the view.
    /// </exception>
    public static StockView Open(
        IFileSystem fileSystem, StockDirectory directory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(directory);
        var view = new StockView();
        bool opened = false;
        try
        {
            view.OpenTables(fileSystem, directory);
            view.Recover(fileSystem, directory, cancellationToken);
            opened = true;
            return view;
        }
        finally
        {
            if (!opened)
            {
                view.Dispose();
            }
        }
    }

    /// <summary>What a Get of stock returns; the value lives as long as the view.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        if (_active.Entries.TryGetValue(key.ToArray(), out StockVersion? version))
        {
            value = version.Value;
            return version.Value is not null;
        }

        return TryGetFromTables(key, out value);
    }

    /// <summary>What a full Scan of stock returns. Must not outlive the view.</summary>
    public IEntryCursor Scan()
    {
        var sources = new List<IOrderedCursor> { new StockMemtableCursor([.. _active.Entries.Values]) };
        for (int i = _tables.Count - 1; i >= 0; i--)
        {
            if (!_tables[i].SmallestKey.IsEmpty)
            {
                sources.Add(new StockTableCursor(_tables[i].OpenCursor(releaseBehind: true)));
            }
        }

        return new StockScanCursor(new MergingCursor([.. sources]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tables.ForEach(table => table.Dispose());
        _tables.Clear();
    }

    private bool TryGetFromTables(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        for (int i = _tables.Count - 1; i >= 0; i--)
        {
            TableLookup lookup = StockTableSearch.Get(_tables[i], key, out value);
            if (lookup != TableLookup.Absent)
            {
                return lookup == TableLookup.Found;
            }
        }

        value = default;
        return false;
    }

    private void OpenTables(IFileSystem fileSystem, StockDirectory directory)
    {
        foreach (string path in directory.TablePaths())
        {
            try
            {
                _tables.Add(TableReader.Open(fileSystem, path));
            }
            catch (StorageException e) when (e.Fault == StorageFault.Corrupt)
            {
                StartFailure ??= e.Message;
            }
        }
    }

    private void Recover(IFileSystem fileSystem, StockDirectory directory, CancellationToken cancellationToken)
    {
        if (!fileSystem.DirectoryExists(directory.WalDirectory))
        {
            return;
        }

        if (StockDirectory.HasGlobCharacters(directory.WalDirectory))
        {
            WalLoss = "the WAL directory's path has characters of a file name pattern, so stock finds no file in it";
            return;
        }

        foreach (string name in fileSystem.ListDirectories("STOCK:LIST", directory.WalDirectory))
        {
            if (StockWalFiles.IsWalName(name))
            {
                LoseWal($"a directory is named {name}");
                return;
            }
        }

        StockManifest settings =
            directory.Manifest ?? new StockManifest { WalDirectory = "wal", TableDirectory = "sst" };
        int abandoned = 0;
        foreach (StockWalFile file in directory.WalFiles(includeBackups: false))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!Replay(fileSystem, file, settings, ref abandoned))
            {
                return;
            }
        }

        if (abandoned > 0 && abandoned == _files.Count)
        {
            LoseWal("no WAL file could be replayed");
        }
    }

    /// <summary>Replays one file; false when that decided about all of them.</summary>
    private bool Replay(IFileSystem fileSystem, StockWalFile file, StockManifest settings, ref int abandoned)
    {
        using StockFileReplay replay = StockFileReplay.Open(fileSystem, file.Path);
        while (replay.MoveNext())
        {
            if (!Insert(replay.Entry, settings))
            {
                LoseWal("the WAL holds more than max_memtables x memtable_size");
                return false;
            }
        }

        _files.Add(new StockReplayedFile(file.Name, replay.Processed, replay.Skipped, replay.Outcome));
        switch (replay.Outcome)
        {
            case StockReplayOutcome.Completed:
                return true;
            case StockReplayOutcome.Abandoned:
                abandoned++;
                return true;
            case StockReplayOutcome.Crash:
                StartFailure ??= $"WAL file {file.Name} holds an empty first fragment, at which stock panics";
                return false;
            default:
                // Stock looks for these words in the error text, which contains the path.
                if (file.Path.Contains("corrupt", StringComparison.Ordinal)
                    || file.Path.Contains("invalid", StringComparison.Ordinal))
                {
                    abandoned++;
                    return true;
                }

                LoseWal($"WAL file {file.Name} ends within a record or an entry");
                return false;
        }
    }

    private bool Insert(StockEntry entry, StockManifest settings)
    {
        if (entry.Operation == Operation.Merge)
        {
            return true;
        }

        if (_active.Size >= settings.MemtableSize)
        {
            if (MemtableCount >= settings.MaxMemtables)
            {
                return false;
            }

            _active = new StockMemtable();
            MemtableCount++;
        }

        _active.Insert(entry);
        return true;
    }

    private void LoseWal(string reason)
    {
        WalLoss = reason;
        _active = new StockMemtable();
        MemtableCount = 1;
    }
}
