using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;

namespace Kevo.Relay.Sidecar;

/// <summary>
/// Reads the WAL files of a stock directory in the order of history while stock writes them: every entry, and where
/// transactions begin and end. Only reads. One thread; starts none and never waits.
/// </summary>
/// <remarks>
/// The order is that of file names and offsets; sequence numbers restart and are not used for it. Files are opened as
/// soon as they are seen, so that stock's deletions and moves to a backup directory do not matter any more.
/// </remarks>
public sealed class StockTail : IDisposable
{
    // Files opened ahead; each holds a descriptor and a buffer.
    private const int OpenAhead = 16;

    private readonly IFileSystem _fileSystem;
    private readonly StockDirectory _directory;
    private readonly SteadyClock _clock;
    private readonly SidecarOptions _options;
    private readonly SortedList<string, StockWalReader> _ahead = new(StringComparer.Ordinal);
    private readonly HashSet<string> _backups = new(StringComparer.Ordinal);
    private readonly HashSet<string> _listed = new(StringComparer.Ordinal);
    private StockWalReader? _reader;
    private TimeSpan _lastGrowth = TimeSpan.MinValue;
    private bool _changed = true;
    private bool _looked;
    private bool _open;
    private bool _openIsBatch;
    private bool _settledEarly;
    private bool _held;
    private ulong _openSequence;
    private int _damageReported;

    /// <summary>Creates a tail that stands before the first file; nothing is read yet.</summary>
    internal StockTail(IFileSystem fileSystem, StockDirectory directory, SteadyClock clock, SidecarOptions options)
    {
        _fileSystem = fileSystem;
        _directory = directory;
        _clock = clock;
        _options = options;
    }

    /// <summary>Name of the file being read; empty before the first.</summary>
    public string File { get; private set; } = "";

    /// <summary>
    /// Where the current entry ends in <see cref="File"/>; where reading began before the first entry.
    /// </summary>
    public long EndOffset { get; private set; }

    /// <summary>Bytes of the file that were not read yet, as of the last look.</summary>
    public long BytesBehind => _reader is null ? 0 : _reader.FileLength - EndOffset;

    /// <summary>The current entry; valid until the next step.</summary>
    public StockEntry Entry => _reader!.Entry;

    /// <summary>Whether the current entry is the first of a transaction; the one before it is complete then.</summary>
    public bool BeginsTransaction { get; private set; }

    /// <summary>
    /// Whether the current entry has the number of a transaction that was taken for complete before it came.
    /// </summary>
    public bool IsLatePart { get; private set; }

    /// <summary>
    /// After <see cref="TailStep.Idle"/>: when to look again, by its clock, even if nothing changes; null for not.
    /// </summary>
    public TimeSpan? LookAgain { get; private set; }

    /// <summary>Files left behind because everything in them was read, since the start.</summary>
    public long FilesFinished { get; private set; }

    /// <summary>
    /// Times stock set its whole log aside while the tail looked on: what it serves since then lacks what was in it.
    /// </summary>
    public long SetAside { get; private set; }

    /// <summary>Something in the directory may have changed: the next step looks.</summary>
    public void NoteChange() => _changed = true;

    /// <summary>Begins in the middle: at an offset of a file where a transaction begins.</summary>
    /// <exception cref="RetentionException">The file is gone.</exception>
    /// <exception cref="DivergenceException">The file is shorter than that.</exception>
    public void Seek(string file, long offset)
    {
        StockWalFile? found = null;
        foreach (StockWalFile candidate in _directory.WalFiles(includeBackups: true))
        {
            found = candidate.Name == file ? candidate : found;
        }

        if (found is null)
        {
            throw new RetentionException(
                $"The log file {file} of {_directory.Path} was deleted before all of it was copied. What it held "
                + "is lost to "
                + "this sidecar; begin again with an empty sidecar directory, and give replicas a new snapshot.");
        }

        _reader = StockWalReader.OpenGrowing(_fileSystem, found.Path, offset);
        if (_reader.FileLength < offset)
        {
            throw new DivergenceException(
                $"{found.Path} has {_reader.FileLength} bytes, but {offset} were copied from it before: it was "
                + "replaced or "
                + "cut. Nothing was overwritten; begin again with an empty sidecar directory if the new contents "
                + "are meant.");
        }

        Begin(found.Name, offset);
    }

    /// <summary>Takes the next step.</summary>
    /// <exception cref="DivergenceException">A file appeared before the one being read.</exception>
    /// <exception cref="StorageException">The directory or a file cannot be read.</exception>
    public TailStep Next()
    {
        LookAgain = null;
        while (true)
        {
            if (_changed)
            {
                Look();
            }

            if (_reader is null && !TryBeginNextFile())
            {
                return TailStep.Idle;
            }

            if (_held || _reader!.MoveNext())
            {
                return TakeOrTear();
            }

            if (_reader!.Refresh())
            {
                _lastGrowth = _clock.Now;
                continue;
            }

            if (AtEndOfData() is { } step)
            {
                return step;
            }
        }
    }

    /// <summary>
    /// Forgets that the last transaction might go on, as after a restart whose log says that it is complete.
    /// </summary>
    public void CloseTransaction()
    {
        _settledEarly = _open && _openIsBatch;
        _open = false;
    }

    /// <summary>
    /// Takes what the files hold now for settled, once: for bytes that were read before and are only compared.
    /// </summary>
    public void AssumeSettled() => _lastGrowth = TimeSpan.MinValue;

    /// <summary>Damage found since the last call, oldest first.</summary>
    public IReadOnlyList<StockDamage> TakeDamage()
    {
        if (_reader is null || _reader.Damage.Count == _damageReported)
        {
            return [];
        }

        StockDamage[] found = [.. _reader.Damage.Skip(_damageReported)];
        _damageReported = _reader.Damage.Count;
        return found;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader?.Dispose();
        foreach (StockWalReader reader in _ahead.Values)
        {
            reader.Dispose();
        }

        _ahead.Clear();
    }

    /// <summary>
    /// The reader stands on an entry: takes it, unless it shows that the open transaction was cut off.
    /// </summary>
    private TailStep TakeOrTear()
    {
        _held = !_held && _open && _openIsBatch && _reader!.CutSequence == _openSequence;
        if (_held)
        {
            return TearTransaction();
        }

        Take();
        return TailStep.Entry;
    }

    private void Take()
    {
        StockEntry entry = _reader!.Entry;
        bool single = _reader.IsSingleRecord;
        bool sameNumber = single && _openIsBatch && entry.Sequence == _openSequence;
        BeginsTransaction = !(_open && sameNumber);
        IsLatePart = BeginsTransaction && sameNumber && _settledEarly && !_reader.FollowsDamage;
        _settledEarly = false;
        _open = true;
        _openIsBatch = single;
        _openSequence = entry.Sequence;
        EndOffset = _reader.EndOffset;
    }

    /// <summary>Everything that is there was read. Decides what that means; null to go on reading.</summary>
    private TailStep? AtEndOfData()
    {
        TimeSpan now = _clock.Now;
        bool settled = now - _options.SettleTime >= _lastGrowth;
        if (_open && !_openIsBatch)
        {
            // Only a single operation is ever written in parts, so it is whole as soon as its last part is there.
            _open = false;
            return TailStep.TransactionEnd;
        }

        if (_ahead.Count > 0)
        {
            // Stock writes only the newest file. The pause covers a write that raced with the change of files.
            return settled ? FinishFile() : Pause(_options.SettleTime);
        }

        if (_reader!.IsIncomplete)
        {
            return AtIncomplete(now);
        }

        if (!_open)
        {
            return TailStep.Idle;
        }

        return settled ? EndTransaction() : Pause(_options.SettleTime);
    }

    /// <summary>The file ends within a record: being written, or left so by a crash.</summary>
    private TailStep? AtIncomplete(TimeSpan now)
    {
        bool? continues = _open ? _reader!.IncompleteContinues(_openSequence) : null;
        if (_open && continues == false)
        {
            return EndTransaction();
        }

        if (now - _options.TornPatience < _lastGrowth)
        {
            return Pause(_options.TornPatience);
        }

        if (_open && continues is null)
        {
            return EndTransaction();
        }

        if (!_reader!.TryPassIncomplete())
        {
            return TailStep.Idle;
        }

        return _open ? TearTransaction() : null;
    }

    /// <summary>Nothing more will come in this file: what is incomplete is damage, and the next file follows.</summary>
    private TailStep? FinishFile()
    {
        if (_reader!.IsGrowing)
        {
            bool torn = _open && _reader.IsIncomplete && _reader.IncompleteContinues(_openSequence) == true;
            _reader.Finish();
            return torn ? TearTransaction() : null;
        }

        if (_open)
        {
            return EndTransaction();
        }

        if (_reader.Damage.Count > _damageReported)
        {
            // The owner takes it before the reader goes.
            LookAgain = _clock.Now;
            return TailStep.Idle;
        }

        _reader.Dispose();
        _reader = null;
        FilesFinished++;
        return TryBeginNextFile() ? null : TailStep.Idle;
    }

    private TailStep EndTransaction()
    {
        _settledEarly = _reader!.IsGrowing && !_reader.IsIncomplete;
        _open = false;
        return TailStep.TransactionEnd;
    }

    private TailStep TearTransaction()
    {
        _open = false;
        return TailStep.TransactionTorn;
    }

    private TailStep Pause(TimeSpan quiet)
    {
        LookAgain = _lastGrowth + quiet;
        return TailStep.Idle;
    }

    private bool TryBeginNextFile()
    {
        if (_ahead.Count == 0)
        {
            return false;
        }

        string name = _ahead.GetKeyAtIndex(0);
        _reader = Adopt(name);
        _reader!.Refresh();
        Begin(name, 0);

        // There may have been no room to open more files before.
        _changed = true;
        return true;
    }

    private void Begin(string name, long offset)
    {
        File = name;
        EndOffset = offset;
        _open = false;
        _openIsBatch = false;
        _settledEarly = false;
        _damageReported = 0;
        _lastGrowth = _clock.Now;
        foreach (string passed in _ahead.Keys.Where(other => string.CompareOrdinal(other, name) <= 0).ToArray())
        {
            Adopt(passed)?.Dispose();
        }
    }

    private StockWalReader? Adopt(string name) => _ahead.Remove(name, out StockWalReader? reader) ? reader : null;

    /// <summary>Opens files that came since the last look, in order, as far as there is room.</summary>
    private void Look()
    {
        _changed = false;
        foreach (StockWalFile file in _directory.WalFiles(includeBackups: true))
        {
            if (file.Backup is { } backup && _backups.Add(backup) && _looked)
            {
                SetAside++;
            }

            if (string.CompareOrdinal(file.Name, File) > 0)
            {
                OpenIfNew(file);
            }
            else if (_listed.Add(file.Name) && _looked)
            {
                throw new DivergenceException(
                    $"The log file {file.Path} appeared although it belongs before {File}, which is being read: "
                    + "the clock was "
                    + "set back, or files were copied in. The order of the two is unknown; nothing of it was copied.");
            }
        }

        _looked = true;
    }

    private void OpenIfNew(StockWalFile file)
    {
        bool wanted = !_ahead.ContainsKey(file.Name) && _ahead.Count < OpenAhead;
        _listed.Add(file.Name);
        if (!wanted)
        {
            return;
        }

        try
        {
            _ahead.Add(file.Name, StockWalReader.OpenGrowing(_fileSystem, file.Path));
        }
        catch (StorageException e) when (e.Fault == StorageFault.NotFound)
        {
            // Moved to a backup directory, or deleted, between listing and opening; the next look finds it if it
            // exists.
            _changed = true;
        }
    }
}
