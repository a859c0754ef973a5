using Kevo.Core;
using Kevo.Platform;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Follows the WAL files of a stock server while it writes them, across its rotations, from any place on. Only complete
/// entries are returned: a record that is still being written is "not yet". Reads only; never writes in the directory.
/// One thread; each step does a bounded amount of work and never waits.
/// </summary>
public sealed class StockWalTail : IDisposable
{
    private readonly IFileSystem _fileSystem;
    private readonly string _directory;
    private StockEntryScanner? _scanner;
    private long _next;
    private StockWalPlace _suspect = new("", -1);

    /// <summary>Begins behind the entry that ends at <paramref name="resumeAt"/>.</summary>
    /// <param name="fileSystem">Where the directory is.</param>
    /// <param name="walDirectory">
    /// The directory of the WAL files, see <see cref="StockDirectory.WalDirectory"/>.
    /// </param>
    /// <param name="resumeAt"><see cref="Place"/> of an earlier tail, or <see cref="StockWalPlace.Start"/>.</param>
    /// <exception cref="RetentionException">The file of the place is gone.</exception>
    /// <exception cref="DivergenceException">
    /// Stock set the file aside, or it is shorter than the place: another history.
    /// </exception>
    public StockWalTail(IFileSystem fileSystem, string walDirectory, StockWalPlace resumeAt)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        _fileSystem = fileSystem;
        _directory = walDirectory;
        CurrentFile = resumeAt.File;
        _next = resumeAt.Offset;
        if (resumeAt.File.Length == 0)
        {
            return;
        }

        if (!_fileSystem.FileExists(PathOf(CurrentFile)))
        {
            ThrowIfSetAside(CurrentFile);
            throw new RetentionException(
                $"{PathOf(CurrentFile)} is gone: the primary deleted it before it was read to its end. Resynchronise.");
        }

        OpenCurrent();
        if (_scanner!.Window.Length < _next)
        {
            long length = _scanner.Window.Length;
            Dispose();
            throw new DivergenceException(
                $"{PathOf(CurrentFile)} has {length} bytes, less than the {resumeAt.Offset} read before: it is not the "
                + "file that was followed. Resynchronise from the primary.");
        }
    }

    /// <summary>The file being read; empty while there is none.</summary>
    public string CurrentFile { get; private set; }

    /// <summary>Where the current entry begins.</summary>
    public StockWalPlace EntryPlace { get; private set; } = StockWalPlace.Start;

    /// <summary>Behind the current entry: where a later tail may resume.</summary>
    public StockWalPlace Place => new(CurrentFile, _next);

    /// <summary>True when the current entry is one record, as all operations of a batch are.</summary>
    public bool IsSingleRecord { get; private set; }

    /// <summary>The current entry; valid until the next step.</summary>
    public StockEntry Entry
    {
        get
        {
            StockEntry entry = default;
            if (_scanner is not null)
            {
                StockEntry.TryParse(_scanner.Payload, out entry);
            }

            return entry;
        }
    }

    /// <summary>Moves to the next complete entry if there is one.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.Corrupt"/>: the file is damaged here. Entries may be missing, so whoever serves this
    /// history onwards must not go on; a tool may call <see cref="SkipDamage"/>.
    /// </exception>
    /// <exception cref="DivergenceException">
    /// Stock set its WAL files aside: what it serves now is another history.
    /// </exception>
    public StockTailStep Step()
    {
        if (_scanner is null && !MoveToNextFile())
        {
            return StockTailStep.Idle;
        }

        while (true)
        {
            StockScanResult result = Scan();
            if (result == StockScanResult.Entry)
            {
                EntryPlace = new StockWalPlace(CurrentFile, _next);
                IsSingleRecord = _scanner!.RecordCount == 1;
                _next = _scanner.End;
                return StockTailStep.Entry;
            }

            if (result == StockScanResult.Damaged)
            {
                return JudgeDamage();
            }

            string? newer = NextFile();
            ThrowIfSetAside(CurrentFile);
            if (newer is null)
            {
                return StockTailStep.Idle;
            }

            // Only now is the file known to be finished, so it must be looked at once more before it is left.
            result = Scan();
            if (result == StockScanResult.Torn)
            {
                throw Damaged("the file ends within an entry, although a newer file exists");
            }

            if (result == StockScanResult.End)
            {
                Open(newer);
            }
        }
    }

    /// <summary>Goes on behind the damage that <see cref="Step"/> reported.</summary>
    /// <returns>What was left out.</returns>
    public StockDamage SkipDamage()
    {
        StockScanResult result = Scan();
        long from = _next;
        StockDamageKind kind = _scanner!.Fault ?? StockDamageKind.TornTail;
        long end = _scanner.End;
        _next = result == StockScanResult.Torn
            ? _scanner.FindEntryBehind(end, end)
            : _scanner.RecordIsSound ? end : _scanner.FindEntryBehind(from, end);
        return new StockDamage(CurrentFile, from, _next - from, kind);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _scanner?.Dispose();
        _scanner = null;
    }

    private string PathOf(string file) => Path.Combine(_directory, file);

    private StockScanResult Scan()
    {
        StockScanResult result = _scanner!.Read(_next);
        if (result is StockScanResult.Entry)
        {
            return result;
        }

        // A look at a file that is being written: only what stands after the length was taken anew counts.
        _scanner.Window.Refresh();
        return _scanner.Read(_next);
    }

    /// <summary>
    /// Damage counts when it is seen in two steps: between them a write that was half visible has become whole.
    /// </summary>
    private StockTailStep JudgeDamage()
    {
        if (_suspect != Place)
        {
            _suspect = Place;
            return StockTailStep.Idle;
        }

        throw Damaged(new StockDamage(CurrentFile, _next, 0, _scanner!.Fault!.Value).ToString());
    }

    private StorageException Damaged(string what) =>
        new(
            StorageFault.Corrupt,
            $"{PathOf(CurrentFile)} is damaged at offset {_next}: {what}. Entries behind it may be missing; stop the "
            + "primary, repair or restore its files, and resynchronise.",
            PathOf(CurrentFile));

    private bool MoveToNextFile()
    {
        string? next = NextFile();
        if (next is null)
        {
            return false;
        }

        Open(next);
        return true;
    }

    /// <summary>The file behind the current one in stock's order, which is the byte order of the names.</summary>
    private string? NextFile()
    {
        if (!_fileSystem.DirectoryExists(_directory))
        {
            return null;
        }

        foreach (string name in _fileSystem.ListFiles("STOCK:LIST", _directory))
        {
            if (StockWalFiles.IsWalName(name) && string.CompareOrdinal(name, CurrentFile) > 0)
            {
                return name;
            }
        }

        return null;
    }

    private void Open(string name)
    {
        Dispose();
        CurrentFile = name;
        _next = 0;
        OpenCurrent();
    }

    private void OpenCurrent() =>
        _scanner = new StockEntryScanner(
            new StockFileWindow(_fileSystem.OpenRead("STOCK:OPEN", PathOf(CurrentFile))));

    /// <summary>The open file stays readable after it was moved, so the name tells, not the handle.</summary>
    private void ThrowIfSetAside(string file)
    {
        if (_fileSystem.FileExists(PathOf(file)) || !_fileSystem.DirectoryExists(_directory))
        {
            return;
        }

        foreach (string backup in _fileSystem.ListDirectories("STOCK:LIST", _directory))
        {
            if (backup.StartsWith(StockWalFiles.BackupPrefix, StringComparison.Ordinal)
                && _fileSystem.FileExists(Path.Combine(_directory, backup, file)))
            {
                throw new DivergenceException(
                    $"Stock Kevo set {file} aside into {Path.Combine(_directory, backup)}: it gave up on that history "
                    + "and serves its tables only. Repair the primary, or resynchronise from what it serves now.");
            }
        }
    }
}
