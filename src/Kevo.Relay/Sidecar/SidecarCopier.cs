using CommunityToolkit.HighPerformance.Buffers;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Platform;
using Kevo.Relay.Writing;
using Kevo.Storage.Kevo;
using Kevo.Storage.Log;
using Microsoft.Extensions.Logging;

namespace Kevo.Relay.Sidecar;

/// <summary>
/// Copies the transactions of a stock directory into a log, each under a position of its own that stays the same over
/// restarts. Bounded steps; one thread; starts none and never waits.
/// </summary>
/// <remarks>
/// The log is the truth about what was copied; beside it a small file says which place in the stock files some position
/// belongs to. After a restart the transactions between that position and the end of the log are read again and must be
/// equal, entry by entry.
/// </remarks>
public sealed partial class SidecarCopier : IDisposable
{
    /// <summary>A transaction of more bytes than this is a large one.</summary>
    private const int LargeGroupBytes = 1 << 20;

    /// <summary>Room made at once for the rest of a large transaction, at most.</summary>
    private const long MostReservedBytes = 64L << 20;

    private readonly SidecarOptions _options;
    private readonly IFileSystem _fileSystem;
    private readonly SteadyClock _clock;
    private readonly ILogger _logger;
    private readonly WriteAheadLog _log;
    private readonly StockDirectory _directory;
    private readonly StockTail _tail;

    // The transaction being read, and behind it the place where it ends as of its last entry.
    private readonly ArrayPoolBufferWriter<byte> _group = new();
    private int _groupEntries;
    private long _groupEnd;
    private string _groupFile = "";

    // The last transaction in the log and the place behind it.
    private ulong _sequence;
    private string _file = "";
    private long _offset;
    private SidecarState? _written;
    private TimeSpan _writtenAt;
    private int _unsynced;
    private bool _stateDue;
    private SidecarStatus _status;
    private long _transactions;
    private long _entries;
    private long _damaged;
    private long _torn;
    private long _skipped;
    private long _late;
    private long _setAside;

    private SidecarCopier(
        SidecarOptions options, IFileSystem fileSystem, TimeProvider time, ILogger logger, WriteAheadLog log)
    {
        _options = options;
        _fileSystem = fileSystem;
        _clock = new SteadyClock(time);
        _logger = logger;
        _log = log;
        _directory = StockDirectory.Open(fileSystem, options.StockDirectory, options.PathPolicy);
        _tail = new StockTail(fileSystem, _directory, _clock, options);
        _status = MakeStatus();
    }

    /// <summary>Where stock's log files are.</summary>
    public string WalDirectory => _directory.WalDirectory;

    /// <summary>Figures as of the end of the last step. Any thread.</summary>
    public SidecarStatus Status => Volatile.Read(ref _status);

    /// <summary>Time until the next step is to be taken even if nothing changes; null for not.</summary>
    public TimeSpan? UntilNextLook => LookAgain - _clock.Now;

    private TimeSpan? LookAgain { get; set; }

    /// <summary>Prepares copying into a log that nobody else writes, and checks that the two belong together.</summary>
    /// <exception cref="RetentionException">Stock deleted a file that was not copied whole.</exception>
    /// <exception cref="DivergenceException">The stock files are not those that were copied before.</exception>
    /// <exception cref="StorageException">A directory is missing, damaged or unreadable.</exception>
    public static SidecarCopier Open(
        SidecarOptions options,
        IFileSystem fileSystem,
        WriteAheadLog log,
        TimeProvider time,
        ILogger logger,
        CancellationToken cancellationToken = default)
    {
        options.Validate();
        var copier = new SidecarCopier(options, fileSystem, time, logger, log);
        bool opened = false;
        try
        {
            copier.Resume(cancellationToken);
            opened = true;
            return copier;
        }
        finally
        {
            if (!opened)
            {
                copier.Dispose();
            }
        }
    }

    /// <summary>Something in the stock directory may have changed.</summary>
    public void NoteChange() => _tail.NoteChange();

    /// <summary>Copies what is there, up to one batch, and makes it durable.</summary>
    /// <returns>True when there is more to do at once; otherwise see <see cref="UntilNextLook"/>.</returns>
    /// <exception cref="KevoException">The stock directory or the log failed; the copier is finished.</exception>
    public bool RunStep()
    {
        bool more = CopyBatch();
        Sync();
        ReportDamage();
        TimeSpan now = _clock.Now;
        FollowFile();
        if (_stateDue || _written?.File != _file)
        {
            WriteState();
        }
        else if (_written.Position.Sequence != _sequence)
        {
            if (now - _writtenAt >= _options.StateInterval)
            {
                WriteState();
            }
            else
            {
                Bring(_writtenAt + _options.StateInterval);
            }
        }

        Volatile.Write(ref _status, MakeStatus());
        return more || LookAgain <= now;
    }

    /// <summary>Notes durably how far it has got; called when copying ends in good order.</summary>
    public void WriteState()
    {
        if (_file.Length == 0)
        {
            return;
        }

        long place = PlantedBugs.Has(PlantedBug.SidecarPlaceTooFar) ? _groupEnd : _offset;
        uint tail = 0;
        if (FindFile(_file) is { } path)
        {
            using IRandomReadFile file = _fileSystem.OpenRead("SIDECAR:TAIL", path);
            tail = SidecarState.TailChecksumOf(file, place);
        }

        _written = new SidecarState(new LogPosition(_log.Durable.Epoch, _sequence), _file, place, tail);
        _written.Write(_fileSystem, _options.Directory);
        _writtenAt = _clock.Now;
        _stateDue = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tail.Dispose();
        _group.Dispose();
    }

    private bool CopyBatch()
    {
        LookAgain = null;
        for (long copied = 0; copied < _options.BatchBytes;)
        {
            switch (_tail.Next())
            {
                case TailStep.Entry:
                    copied += TakeEntry();
                    break;
                case TailStep.TransactionEnd:
                    CommitGroup();
                    break;
                case TailStep.TransactionTorn:
                    _torn++;
                    SidecarMessages.TransactionTorn(_logger, _groupEntries, _tail.File);
                    ClearGroup();

                    // The entries left out must be behind the noted place before anything after them is in the log.
                    _stateDue = true;
                    CommitGroup();
                    return true;
                default:
                    LookAgain = _tail.LookAgain;
                    return false;
            }
        }

        return true;
    }

    private int TakeEntry()
    {
        if (_tail.BeginsTransaction)
        {
            CommitGroup();
        }

        if (_tail.File != _groupFile)
        {
            SidecarMessages.FileBegan(_logger, _tail.File);
        }

        if (_tail.IsLatePart)
        {
            _late++;
            SidecarMessages.LatePart(_logger, _tail.File, _tail.EndOffset);
        }

        _groupFile = _tail.File;
        _groupEnd = _tail.EndOffset;
        StockEntry entry = _tail.Entry;
        if (WhyUnservable(entry) is { } reason)
        {
            _skipped++;
            SidecarMessages.EntrySkipped(_logger, _tail.File, _tail.EndOffset, reason);
            return entry.Payload.Length;
        }

        if (_group.WrittenCount > LargeGroupBytes && _group.FreeCapacity < entry.Payload.Length)
        {
            // Grown once to what may still come: growing by and by would leave as much again behind in the pool.
            _group.GetSpan((int)Math.Min(entry.Payload.Length + _tail.BytesBehind, MostReservedBytes));
        }

        PendingEntries.Append(_group, entry.Operation, entry.Key, entry.Value);
        _groupEntries++;
        return entry.Payload.Length;
    }

    /// <summary>Entries that stock's own replay passes over, or that no replica accepts; null for all others.</summary>
    private static string? WhyUnservable(in StockEntry entry)
    {
        if (entry.Operation == Operation.Merge)
        {
            return "stock ignores merge operations";
        }

        if (entry.Key.IsEmpty)
        {
            return "its key is empty";
        }

        if (entry.Key.Length > EntryLimits.MaxKeyLength || entry.Value.Length > EntryLimits.MaxValueLength)
        {
            return "it is longer than replication allows";
        }

        return null;
    }

    /// <summary>Appends the transaction that was read to the log, under the next number.</summary>
    private void CommitGroup()
    {
        if (_groupEntries > 0)
        {
            ulong number = _sequence + 1;
            Span<byte> entries = _group.DangerousGetArray().AsSpan();
            while (PendingEntries.TryNumber(ref entries, number, out ReadOnlySpan<byte> payload))
            {
                WalEntry entry = WalEntry.FromVerified(payload);
                _log.Append(in entry);
            }

            _sequence = number;
            _transactions++;
            _entries += _groupEntries;
            _unsynced++;
        }

        if (_groupFile.Length > 0)
        {
            _file = _groupFile;
            _offset = _groupEnd;
        }

        ClearGroup();
    }

    /// <summary>
    /// A file that was copied whole may be deleted by stock from now on; the noted place must not need it.
    /// </summary>
    private void FollowFile()
    {
        if (_groupEntries == 0 && _tail.File != _groupFile)
        {
            SidecarMessages.FileBegan(_logger, _tail.File);
            _file = _tail.File;
            _offset = 0;
            _groupFile = _tail.File;
            _groupEnd = 0;
        }
    }

    private void ClearGroup()
    {
        _group.Clear();
        _groupEntries = 0;
    }

    private void Sync()
    {
        if (_unsynced > 0)
        {
            _log.Sync();
            _unsynced = 0;
        }
    }

    private void ReportDamage()
    {
        if (_tail.SetAside > _setAside)
        {
            _setAside = _tail.SetAside;
            SidecarMessages.LogSetAside(_logger, _directory.WalDirectory);
        }

        foreach (StockDamage damage in _tail.TakeDamage())
        {
            _damaged++;
            SidecarMessages.Damaged(_logger, damage);
        }
    }

    private void Bring(TimeSpan time)
    {
        if (LookAgain is null || time < LookAgain)
        {
            LookAgain = time;
        }
    }

    private string? FindFile(string name)
    {
        string? path = null;
        foreach (StockWalFile file in _directory.WalFiles(includeBackups: true))
        {
            path = file.Name == name ? file.Path : path;
        }

        return path;
    }

    private SidecarStatus MakeStatus() =>
        new()
        {
            File = _tail.File,
            Offset = _tail.EndOffset,
            BytesBehind = _tail.BytesBehind,
            Durable = _log.Durable,
            Transactions = _transactions,
            Entries = _entries,
            DamagedRanges = _damaged,
            TornTransactions = _torn,
            SkippedEntries = _skipped,
            LateParts = _late,
            SetAside = _tail.SetAside,
        };
}
