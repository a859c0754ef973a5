using System.Buffers;
using System.Globalization;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Platform;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Rebuilds what clients wrote from a stopped stock directory: its tables as the base, then every WAL file, those that
/// stock had set aside included, in order of position. Position is the true history; stock's sequence numbers are not,
/// so transactions are numbered anew. What is damaged is left out and reported. Reads only. One thread.
/// </summary>
/// <remarks>
/// A stock server must not be running on the directory. What the import yields can differ from what stock would serve,
/// because stock loses and resurrects data at its own restarts; <see cref="StockView"/> tells what stock would serve.
/// </remarks>
public sealed class StockImporter
{
    private const int TableTransactionEntries = 1000;
    private const int LeftOutListMax = 10_000;

    private readonly IFileSystem _fileSystem;
    private readonly StockDirectory _directory;
    private readonly StockImportOptions _options;
    private readonly List<string> _leftOut = [];
    private readonly List<string> _tables = [];
    private IWalApplier _target = null!;
    private CancellationToken _cancellation;
    private byte[] _payload = [];
    private ulong _sequence;
    private long _leftOutCount;
    private long _unsynced;
    private long _tableEntries;
    private long _walEntries;
    private long _merges;
    private long _walBytesBefore;
    private long _walBytesInAll;

    /// <summary>Prepares an import; nothing is read yet.</summary>
    public StockImporter(IFileSystem fileSystem, StockDirectory directory, StockImportOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(fileSystem);
        ArgumentNullException.ThrowIfNull(directory);
        _fileSystem = fileSystem;
        _directory = directory;
        _options = options ?? new StockImportOptions();
    }

    /// <summary>
    /// Runs the import into <paramref name="target"/>, whose next position must be the first sequence.
    /// </summary>
    /// <exception cref="StorageException">
    /// The file system or the target fails; what was synced before stays.
    /// </exception>
    public StockImportReport Run(IWalApplier target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        _target = target;
        _cancellation = cancellationToken;
        _sequence = _options.FirstSequence - 1;
        if (_options.IncludeTables)
        {
            ImportTables();
        }

        IReadOnlyList<StockWalFile> files = _directory.WalFiles(includeBackups: true);
        _walBytesInAll = files.Sum(file => _fileSystem.FileLength("STOCKWAL:LENGTH", file.Path));
        foreach (StockWalFile file in files)
        {
            ImportWal(file);
        }

        _target.Sync();
        if (_payload.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_payload);
            _payload = [];
        }

        return new StockImportReport
        {
            Tables = _tables,
            WalFiles = files,
            TableEntries = _tableEntries,
            WalEntries = _walEntries,
            LastSequence = _sequence,
            MergesIgnored = _merges,
            LeftOut = _leftOut,
            LeftOutCount = _leftOutCount,
        };
    }

    private void ImportTables()
    {
        var readers = new List<TableReader>();
        try
        {
            foreach (string path in StockTableName.OldestFirst(_directory.TablePaths()))
            {
                try
                {
                    readers.Add(TableReader.Open(_fileSystem, path));
                    _tables.Add(path);
                }
                catch (StorageException e) when (e.Fault == StorageFault.Corrupt)
                {
                    LeaveOut(e.Message);
                }
            }

            ImportBase(readers);
        }
        finally
        {
            readers.ForEach(reader => reader.Dispose());
        }
    }

    private void ImportBase(List<TableReader> oldestFirst)
    {
        var sources = new IOrderedCursor[oldestFirst.Count];
        for (int i = 0; i < sources.Length; i++)
        {
            TableCursor cursor = oldestFirst[sources.Length - 1 - i].OpenCursor(releaseBehind: true);
            sources[i] = new StockSalvageCursor(cursor, LeaveOut);
        }

        using var merged = new MergingCursor(sources);
        int inTransaction = 0;
        long total = oldestFirst.Sum(static table => table.EntryCount);
        long read = 0;
        while (merged.MoveNext())
        {
            _options.Progress?.Report(new WorkProgress("importing tables", ++read, total));
            if (merged.IsTombstone || !IsAcceptable(merged.Key.Length, merged.Value.Length, "a table", 0))
            {
                continue;
            }

            if (inTransaction == 0)
            {
                BeginTransaction();
            }

            Apply(Operation.Put, merged.Key, merged.Value);
            _tableEntries++;
            inTransaction = (inTransaction + 1) % TableTransactionEntries;
        }
    }

    /// <summary>
    /// A batch is a run of single records with one sequence that nothing interrupts; all else stands alone.
    /// </summary>
    private void ImportWal(StockWalFile file)
    {
        using StockWalReader reader = StockWalReader.Open(_fileSystem, file.Path);
        bool isOpen = false;
        ulong sequence = 0;
        while (reader.MoveNext())
        {
            _options.Progress?.Report(
                new WorkProgress("importing the WAL", _walBytesBefore + reader.EndOffset, _walBytesInAll));
            StockEntry entry = reader.Entry;
            bool joins = isOpen && reader.IsSingleRecord && entry.Sequence == sequence && !reader.FollowsDamage
                && !PlantedBugs.Has(PlantedBug.ImportSplitsBatches);
            sequence = entry.Sequence;
            if (entry.Operation == Operation.Merge)
            {
                _merges++;
            }
            else if (IsAcceptable(entry.Key.Length, entry.Value.Length, file.Name, reader.Offset))
            {
                if (!joins)
                {
                    BeginTransaction();
                }

                Apply(entry.Operation, entry.Key, entry.Value);
                _walEntries++;
                isOpen = reader.IsSingleRecord;
                continue;
            }

            // An entry that is left out does not end the run that it belongs to, and does not begin one.
            isOpen = joins;
        }

        _walBytesBefore += reader.EndOffset;
        foreach (StockDamage damage in reader.Damage)
        {
            LeaveOut(damage.ToString());
        }

        _leftOutCount += reader.DamageCount - reader.Damage.Count;
    }

    /// <summary>Between transactions is where the target may be synced and the import may be cancelled.</summary>
    private void BeginTransaction()
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_unsynced >= _options.SyncBytes)
        {
            _target.Sync();
            _unsynced = 0;
        }

        _sequence++;
    }

    private void Apply(Operation operation, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int length = WalEntry.PayloadLength(operation, key.Length, value.Length);
        if (_payload.Length < length)
        {
            if (_payload.Length > 0)
            {
                ArrayPool<byte>.Shared.Return(_payload);
            }

            _payload = ArrayPool<byte>.Shared.Rent(length);
        }

        WalEntry.Write(_payload, operation, _sequence, key, value);
        EntryFault fault = WalEntry.TryParse(_payload.AsSpan(0, length), out WalEntry entry);
        if (fault != EntryFault.None)
        {
            throw new StorageException(
                StorageFault.LimitExceeded, $"An entry of {_directory.Path} cannot be taken over: {fault}.");
        }

        _target.Apply(entry);
        _unsynced += length;
    }

    /// <summary>What this product cannot hold is left out by name, not by accident.</summary>
    private bool IsAcceptable(int keyLength, int valueLength, string source, long offset)
    {
        if (keyLength is > 0 and <= TableLimits.MaxKeyLength && valueLength <= EntryLimits.MaxValueLength)
        {
            return true;
        }

        LeaveOut(string.Create(
            CultureInfo.InvariantCulture,
            $"{source}: offset {offset}: an entry with a key of {keyLength} and a value of {valueLength} bytes is "
            + $"beyond the limits (keys 1 to {TableLimits.MaxKeyLength}, values to {EntryLimits.MaxValueLength})"));
        return false;
    }

    private void LeaveOut(string what)
    {
        _leftOutCount++;
        if (_leftOut.Count < LeftOutListMax)
        {
            _leftOut.Add(what);
        }
    }
}
