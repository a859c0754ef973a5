using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage;
using Kevo.Storage.Compaction;
using Kevo.Storage.Log;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>
/// Log and store: transactions, discards, flushes, merges, snapshots, restarts over what crashes leave behind, new
/// epochs and rebuilds.
/// </summary>
internal sealed class StoreScenario : Scenario
{
    /// <summary>Where the store lives.</summary>
    public const string Directory = "/data";

    private const string LogDirectory = "/data/log";
    private const string TablesDirectory = "/data/tables";
    private const string PlannedFault = "planned fault";

    private readonly Random _random;
    private readonly StoreOptions _options;
    private readonly int _batches;
    private readonly bool _keepsLast;
    private readonly List<(ISnapshot View, ImmutableSortedDictionary<byte[], byte[]> Content)> _snapshots = [];
    private ReplicaStore _store = null!;

    public StoreScenario(int seed, int batches)
    {
        _random = new Random(seed);
        _batches = batches;
        _keepsLast = seed % 2 == 1;
        var salts = new Random(seed + 1);
        _options = new StoreOptions
        {
            Directory = Directory,
            MemtableBytes = 4096,
            TableBytes = 4096,
            BlockBytes = 512,
            LogSegmentSize = 4096 << (seed % 3),
            LogRetentionBytes = seed % 2 * 4096,
            StepBytes = 2048,
            Compaction = new CompactionOptions { FanIn = 2 + (seed % 2) },
            LogSaltSource = () => (ulong)salts.NextInt64(),
        };
    }

    public override string Name => "store";

    public StoreHistory History { get; private init; } = new();

    /// <summary>Entries written so far.</summary>
    public int Entries { get; private set; }

    /// <summary>A scenario that only recovers, over a history of this one.</summary>
    public static StoreScenario ForRecovery(int seed, StoreHistory history) =>
        new(seed, 0) { History = history.Copy() };

    public override void Live(SimulatedFileSystem raw, FaultInjectingFileSystem disk)
    {
        WriteMuch(disk, _batches);
        LeaveWhatCrashesLeave(raw);
        using (Open(disk, "the second life"))
        {
            WriteBatches(_batches / 2);
            Guarded(() => BeginEpoch(disk));
            WriteBatches(_batches / 4);
            Guarded(() => Rebuild(disk));
            WriteBatches(_batches / 4);
            _ = LogInspector.Inspect(disk, LogDirectory);
        }
    }

    /// <summary>The first life alone: from an empty disk to many tables.</summary>
    public void WriteMuch(IFileSystem disk, int batches)
    {
        using (Open(disk, "the first life"))
        {
            if (History.Last.Epoch == 0)
            {
                History.Begin(new LogPosition(1, 0), StoreHistory.Empty);
                _store.BeginEpoch(new LogPosition(1, 0));
                History.Acknowledge();
            }

            WriteBatches(batches);
            CloseSnapshots();
        }
    }

    public override void Recover(IFileSystem disk, string where)
    {
        using (Open(disk, where))
        {
            if (_store.Durable.Epoch == 0)
            {
                History.Begin(new LogPosition(1, 0), StoreHistory.Empty);
                _store.BeginEpoch(new LogPosition(1, 0));
                History.Acknowledge();
            }

            WriteBatches(2);
            CloseSnapshots();
        }

        using (Open(disk, where + ", once more"))
        {
        }
    }

    /// <summary>Starts again and compares, without going on.</summary>
    public void Look(IFileSystem disk, string where) => Open(disk, where).Dispose();

    private ReplicaStore Open(IFileSystem disk, string where)
    {
        // Those of a life that ended in a crash are gone with it.
        _snapshots.Clear();
        _store = ReplicaStore.Open(_options, disk, Clock);
        string? fault = History.FindFault(_store);
        if (fault is not null)
        {
            _store.Dispose();
        }

        Require(fault is null, $"{where}: {fault}");
        History.Settle(_store.Visible);
        return _store;
    }

    private void WriteBatches(int count)
    {
        for (int batch = 0; batch < count; batch++)
        {
            Guarded(WriteBatch);
            Guarded(() => RunSteps(_random.Next(6)));
            switch (_random.Next(12))
            {
                case 0:
                    Guarded(_store.Flush);
                    break;
                case 1:
                    Guarded(_store.RequestCompaction);
                    Guarded(() => RunSteps(1000));
                    break;
                case < 5:
                    _snapshots.Add((_store.OpenSnapshot(), History.Certain));
                    break;
                default:
                    CheckSnapshots();
                    break;
            }
        }

        CheckSnapshots();
        CloseSnapshots();
    }

    private void WriteBatch()
    {
        for (int transaction = _random.Next(1, 5); transaction > 0; transaction--)
        {
            var operations = new (byte[] Key, byte[]? Value)[_random.Next(1, 5)];
            for (int i = 0; i < operations.Length; i++)
            {
                operations[i] = (NewKey(), _random.Next(4) == 0 ? null : NewValue());
            }

            ulong sequence = History.Last.Sequence + 1;
            History.Apply(operations);
            foreach ((byte[] key, byte[]? value) in operations)
            {
                Apply(sequence, key, value);
            }
        }

        if (_random.Next(10) == 0)
        {
            _store.Discard();
            History.Discard();
            return;
        }

        // In both ways, as the replication loop does.
        if (History.Last.Sequence % 2 == 0)
        {
            _store.BeginSync();
            _store.EndSync();
        }
        else
        {
            _store.Sync();
        }

        History.Acknowledge();
        Require(_store.Visible == History.Last, $"after a sync it shows {_store.Visible}, not {History.Last}");
    }

    private void Apply(ulong sequence, byte[] key, byte[]? value)
    {
        Operation operation = value is null ? Operation.Delete : Operation.Put;
        byte[] payload = new byte[WalEntry.PayloadLength(operation, key.Length, value?.Length ?? 0)];
        WalEntry.Write(payload, operation, sequence, key, value);
        Require(WalEntry.TryParse(payload, out WalEntry entry) == EntryFault.None, "the test writes a bad entry");
        _store.Apply(entry);
        Entries++;
    }

    private void RunSteps(int count)
    {
        while (count-- > 0 && _store.RunStep())
        {
        }
    }

    private void BeginEpoch(IFileSystem disk)
    {
        LogPosition start = new(_store.Durable.Epoch + 1, 100);
        History.Begin(start, History.Certain);
        Repeat(disk, () => _store.BeginEpoch(start), static () => true);
    }

    private void Rebuild(IFileSystem disk)
    {
        ImmutableSortedDictionary<byte[], byte[]> content = StoreHistory.Empty;
        for (int i = 0; i < 60; i++)
        {
            content = content.SetItem(NewKey(), NewValue());
        }

        using StoreRebuild rebuild = _store.BeginRebuild();
        foreach ((byte[] key, byte[] value) in content)
        {
            rebuild.Add(key, value);
        }

        LogPosition start = new(_store.Durable.Epoch + 1, 7);
        if (_keepsLast)
        {
            KeepLast(rebuild, content, start.Sequence);
        }

        History.Begin(start, content);
        Repeat(disk, () => rebuild.Commit(start, setHistoryAside: true), () => rebuild.IsCommitting);
    }

    // The last transaction of what is built wrote all of it: more than a small segment holds.
    private static void KeepLast(
        StoreRebuild rebuild, ImmutableSortedDictionary<byte[], byte[]> content, ulong sequence)
    {
        foreach ((byte[] key, byte[] value) in content)
        {
            byte[] payload = new byte[WalEntry.PayloadLength(Operation.Put, key.Length, value.Length)];
            WalEntry.Write(payload, Operation.Put, sequence, key, value);
            WalEntry entry = WalEntry.FromVerified(payload);
            rebuild.KeepLast(in entry);
        }
    }

    // What fails half way must be called again before anything else is written.
    private void Repeat(IFileSystem disk, Action action, Func<bool> begun)
    {
        try
        {
            action();
        }
        catch (StorageException error) when (begun() && error.Fault != StorageFault.SyncFailed && IsPlanned(error))
        {
            action();
        }
        catch (StorageException error) when (error.Fault != StorageFault.SyncFailed && IsPlanned(error))
        {
            History.Discard();
            throw;
        }

        History.Acknowledge();
        string? fault = History.FindFault(_store);
        Require(fault is null, $"in a new epoch on {disk.GetType().Name}: {fault}");
    }

    /// <summary>A failed call costs the open batch, a failed sync the process.</summary>
    private void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (StorageException error) when (IsPlanned(error) && error.Fault != StorageFault.SyncFailed)
        {
            _store.Discard();
            History.Discard();
        }
        catch (StorageException error) when (IsPlanned(error) && IsOfLog(error))
        {
            Require(_store.Failure is not null, $"the failed sync is forgotten: {error.Message}");
            try
            {
                _store.Sync();
                Require(false, $"it goes on after a failed sync: {error.Message}");
            }
            catch (StorageException again) when (again.Fault == StorageFault.SyncFailed)
            {
                // As it must be: nothing is accepted any more.
            }

            throw;
        }
    }

    private static bool IsPlanned(StorageException error) =>
        error.Message.Contains(PlannedFault, StringComparison.Ordinal);

    private static bool IsOfLog(StorageException error) =>
        error.Message.Contains("LOG:SYNC", StringComparison.Ordinal)
        || error.Message.Contains("SEGMENT:SYNC", StringComparison.Ordinal);

    private void CheckSnapshots()
    {
        foreach ((ISnapshot view, ImmutableSortedDictionary<byte[], byte[]> content) in _snapshots)
        {
            string? difference = StoreHistory.FindDifference(content, view);
            Require(difference is null, $"a snapshot of {view.Position} changed: {difference}");
        }
    }

    private void CloseSnapshots()
    {
        _snapshots.ForEach(static open => open.View.Dispose());
        _snapshots.Clear();
    }

    /// <summary>
    /// Between two lives, what earlier crashes may have left: a torn tail, a segment that was not cut, files that were
    /// being made, a filter that is gone and one that is damaged.
    /// </summary>
    private static void LeaveWhatCrashesLeave(SimulatedFileSystem raw)
    {
        IReadOnlyList<SegmentSummary> segments = LogInspector.Inspect(raw, LogDirectory).Segments;
        SegmentSummary active = segments[^1];
        if (!active.Closed && active.FileLength - active.UsedBytes >= 64)
        {
            using IMappedFile file = raw.OpenMapped("TEST:MAP", active.Path, writable: true);
            file.Write(active.UsedBytes + 8, 16).Fill(0xEE);
            file.Sync("TEST:SYNC", 0, file.Length);
        }

        if (segments.Count > 1)
        {
            raw.Truncate("TEST:EXTEND", segments[^2].Path, segments[^2].FileLength + 100);
        }

        Leave(raw, "/data/CHECKPOINT.tmp");
        string[] filters = [.. raw.ListFiles("TEST:LIST", TablesDirectory)
            .Where(static name => name.EndsWith(".filter", StringComparison.Ordinal))];
        if (filters.Length > 0)
        {
            raw.Delete("TEST:DELETE", $"{TablesDirectory}/{filters[0]}");
        }

        if (filters.Length > 1)
        {
            raw.FlipBit($"{TablesDirectory}/{filters[^1]}", 100);
        }

        raw.SyncDirectory("TEST:SYNC", TablesDirectory);
    }

    private static void Leave(SimulatedFileSystem raw, string path)
    {
        if (!raw.FileExists(path))
        {
            using IAppendFile file = raw.CreateAppend("TEST:CREATE", path);
            file.Append("TEST:WRITE", "left over"u8);
            file.Sync("TEST:SYNC");
            raw.SyncDirectory("TEST:SYNC", Path.GetDirectoryName(path)!);
        }
    }

    private byte[] NewKey() =>
        Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"key{_random.Next(300):D4}"));

    private byte[] NewValue()
    {
        byte[] value = new byte[_random.Next(40) == 0 ? _random.Next(2000, 6000) : _random.Next(100)];
        _random.NextBytes(value);
        return value;
    }
}
