using System.Collections.Immutable;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Compaction;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;
using Xunit;

namespace Kevo.Storage.Tests.Store;

/// <summary>
/// One random life of a store beside its model: transactions, discards, background steps, snapshots, restarts, epochs
/// and rebuilds, and on a simulated disk also power cuts and failing calls, all from one seed.
/// </summary>
internal sealed partial class StoreRun : IDisposable
{
    private readonly IFileSystem _fileSystem;
    private readonly StoreOptions _options;
    private readonly Random _random;
    private readonly int _keyRange;
    private readonly StoreModel _model = new();
    private readonly List<(ISnapshot Actual, ImmutableSortedDictionary<byte[], byte[]> Expected)> _snapshots = [];
    private readonly string _seedText;
    private ReplicaStore _store;
    private bool _closed;
    private int _step;

    public StoreRun(IFileSystem fileSystem, string directory, int seed)
    {
        _random = new Random(seed);
        _fileSystem = fileSystem;
        if (fileSystem is FaultInjectingFileSystem disk)
        {
            disk.IsBusy = () => _random.Next(2) == 0;
        }

        _keyRange = _random.Next(3) switch { 0 => 8, 1 => 100, _ => 2_000 };
        _seedText = $"seed {seed}";
        _options = OptionsFor(directory, _random);
        _store = ReplicaStore.Open(_options, _fileSystem);
    }

    /// <summary>A life on a simulated disk whose power fails, or whose calls fail, now and then.</summary>
    public StoreRun(SimulatedFileSystem disk, StoreTrouble trouble, int seed)
        : this(new FaultInjectingFileSystem(disk), "/data", seed)
    {
        _disk = disk;
        _trouble = trouble;
        ((FaultInjectingFileSystem)_fileSystem).OnOperation = MakeTrouble;
        PlanTrouble();
    }

    public static StoreOptions OptionsFor(string directory, Random random) => new()
    {
        Directory = directory,
        MemtableBytes = random.Next(1, 9) * 512,
        TableBytes = random.Next(1, 5) * 1024,
        BlockBytes = 256 << random.Next(3),
        FilterBitsPerKey = random.Next(3) == 0 ? 0 : 10,
        LogSegmentSize = 4096 << random.Next(3),
        LogRetentionBytes = random.Next(2) * 8192,
        StepBytes = 256 << random.Next(6),
        InsertAtOnce = 1 + random.Next(6),
        Compaction = new CompactionOptions { FanIn = random.Next(2, 5) },
        LogSaltSource = () => (ulong)random.NextInt64(),
    };

    public void Run(int steps)
    {
        for (_step = 0; _step < steps; _step++)
        {
            Protected(OneStep);
            Assert.True(_store.Visible <= _store.Durable, Where);
        }

        _countdown = int.MaxValue;
        FinishEpoch();
        Restart();
        CheckAll();
    }

    public void Dispose()
    {
        try
        {
            CloseSnapshots();
            _store.Dispose();
        }
        catch (SimulatedCrashException)
        {
            // The test failed between a power cut and the start after it; its own error is the one to see.
        }
    }

    private string Where => $"{_seedText}, step {_step}";

    private void OneStep()
    {
        FinishEpoch();
        if (_model.Position.Epoch == 0)
        {
            BeginEpoch();
        }

        switch (_random.Next(100))
        {
            case < 45: ApplyBatch(); break;
            case < 65: RunSteps(_random.Next(1, 30)); break;
            case < 72: OpenSnapshot(); break;
            case < 80: CheckSnapshots(); break;
            case < 84: CloseOneSnapshot(); break;
            case < 88: Restart(); break;
            case < 91: Flush(); break;
            case < 93: _store.RequestCompaction(); break;
            case < 94: BeginEpoch(); break;
            case < 96: Rebuild(); break;
            default: CheckNow(); break;
        }
    }

    // Like the replication loop: while the disk is at work on one part, the next is applied, and grows while that takes
    // long.
    private void ApplyBatch()
    {
        while (_random.Next(4) == 0)
        {
            do
            {
                ApplyTransactions();
            }
            while (!TryAwaitSync());
            _model.ExpectMaybe(_model.Open, _model.Position with { Sequence = _model.OpenSequence });
            _store.BeginSync();
            _model.BeginSync();
            Assert.True(_store.Visible == _model.Position, $"{Where}: {_store.Visible} is seen too early.");
            if (_random.Next(3) == 0)
            {
                CheckNow();
            }

            if (_random.Next(2) == 0)
            {
                _store.EndSync();
                _model.EndSync();
            }
        }

        ApplyTransactions();
        if (_random.Next(6) == 0)
        {
            // What comes next finds it under way.
            _model.ExpectMaybe(_model.Open, _model.Position with { Sequence = _model.OpenSequence });
            _store.BeginSync();
            _model.BeginSync();
            return;
        }

        if (_random.Next(10) == 0)
        {
            _store.Discard();
            _model.Discard();
            return;
        }

        if (_random.Next(4) == 0)
        {
            CheckNow();
            RunSteps(3);
        }

        _model.ExpectMaybe(_model.Open, _model.Position with { Sequence = _model.OpenSequence });
        _store.Sync();
        _model.Sync();
    }

    private bool TryAwaitSync()
    {
        bool isReady = _store.TryAwaitSync();
        if (_store.Visible != _model.Position)
        {
            _model.EndSync();
        }

        return isReady;
    }

    private void ApplyTransactions()
    {
        int transactions = _random.Next(1, 6);
        Span<byte> payload = stackalloc byte[512];
        for (int t = 0; t < transactions; t++)
        {
            _model.OpenSequence++;
            for (int e = _random.Next(1, 5); e > 0; e--)
            {
                Operation operation = _random.Next(4) == 0 ? Operation.Delete : Operation.Put;
                byte[] key = NewKey();
                byte[] value = NewValue();
                int length = WalEntry.Write(payload, operation, _model.OpenSequence, key, value);
                Assert.Equal(EntryFault.None, WalEntry.TryParse(payload[..length], out WalEntry entry));
                _store.Apply(entry);
                _model.Apply(operation, key, value);
            }
        }

        if (_store.Visible != _model.Position)
        {
            // The writer has to wait for memory, and ends the sync of the batch before first.
            _model.EndSync();
        }
    }

    private void Flush()
    {
        _store.Flush();
        _model.EndSync();
    }

    private void EndSync()
    {
        _store.EndSync();
        _model.EndSync();
    }

    private void RunSteps(int count)
    {
        while (count-- > 0 && _store.RunStep())
        {
        }
    }

    private void OpenSnapshot() => _snapshots.Add((_store.OpenSnapshot(), _model.Durable));

    private void CheckSnapshots()
    {
        foreach ((ISnapshot actual, ImmutableSortedDictionary<byte[], byte[]> expected) in _snapshots)
        {
            StoreChecks.AssertSampleSame(expected, actual, _random, NewKey, Where + ", old snapshot");
        }
    }

    private void CloseOneSnapshot()
    {
        if (_snapshots.Count > 0)
        {
            int which = _random.Next(_snapshots.Count);
            StoreChecks.AssertSame(_snapshots[which].Expected, _snapshots[which].Actual, Where + ", closing snapshot");
            _snapshots[which].Actual.Dispose();
            _snapshots.RemoveAt(which);
        }
    }

    private void CloseSnapshots()
    {
        foreach ((ISnapshot actual, _) in _snapshots)
        {
            actual.Dispose();
        }

        _snapshots.Clear();
    }

    private void CheckNow()
    {
        using ISnapshot now = _store.OpenSnapshot();
        Assert.True(now.Position == _model.Position, $"{Where}: at {now.Position} instead of {_model.Position}");
        StoreChecks.AssertSampleSame(_model.Durable, now, _random, NewKey, Where);
    }

    private void CheckAll()
    {
        using ISnapshot now = _store.OpenSnapshot();
        StoreChecks.AssertSame(_model.Durable, now, Where);
    }

    private void Restart()
    {
        if (_random.Next(2) == 0)
        {
            CloseSnapshots();
            _store.Dispose();
        }
        else
        {
            _store.Dispose();
            CheckSnapshots();
            CloseSnapshots();
        }

        Open();
    }

    private void Open()
    {
        _closed = true;
        _store = ReplicaStore.Open(_options, _fileSystem);
        _closed = false;
        Assert.True(_model.Settle(_store.Visible), $"{Where}: opened at {_store.Visible}; {_model.Describe()}");
        Assert.True(_store.Durable == _store.Visible, Where);
        CheckAll();
    }

    private void BeginEpoch()
    {
        EndSync();
        var start = new LogPosition(_model.Position.Epoch + (ulong)_random.Next(1, 3), (ulong)_random.Next(3) * 100);
        _model.ExpectMaybe(_model.Durable, start);
        _unfinished = () => _store.BeginEpoch(start);
        FinishEpoch();
    }

    /// <summary>
    /// Does, or after a failure repeats, what was begun with an epoch: nothing may be applied before it succeeds.
    /// </summary>
    private void FinishEpoch()
    {
        if (_unfinished is { } finish)
        {
            finish();
            _unfinished = null;
            Assert.True(_model.Settle(_store.Visible), Where);
            CheckAll();
        }
    }

    private ImmutableSortedDictionary<byte[], byte[]> ChangeSome(
        StoreRebuild rebuild, ImmutableSortedDictionary<byte[], byte[]> content)
    {
        var keys = new SortedSet<byte[]>(StoreModel.ByBytes);
        for (int i = _random.Next(2) * _random.Next(20); i > 0; i--)
        {
            keys.Add(NewKey());
        }

        foreach (byte[] key in keys)
        {
            bool deletes = _random.Next(3) == 0;
            byte[] value = deletes ? [] : NewValue();
            rebuild.Change(deletes ? Operation.Delete : Operation.Put, key, value);
            content = deletes ? content.Remove(key) : content.SetItem(key, value);
        }

        return content;
    }

    private void Rebuild()
    {
        var content = ImmutableSortedDictionary.Create<byte[], byte[]>(StoreModel.ByBytes);
        for (int i = _random.Next(200); i > 0; i--)
        {
            content = content.SetItem(NewKey(), NewValue());
        }

        StoreRebuild rebuild = _store.BeginRebuild();
        try
        {
            foreach ((byte[] key, byte[] value) in content)
            {
                rebuild.Add(key, value);
                if (_random.Next(50) == 0)
                {
                    ApplyBatch();
                    RunSteps(2);
                }
            }

            content = ChangeSome(rebuild, content);
            EndSync();
        }
        catch (StorageException)
        {
            rebuild.Dispose();
            throw;
        }

        if (_random.Next(3) == 0)
        {
            rebuild.Dispose();
            return;
        }

        var start = new LogPosition(_model.Position.Epoch + 1, (ulong)_random.Next(50));
        bool setAside = _random.Next(2) == 0;
        _model.ExpectMaybe(content, start);
        try
        {
            _unfinished = () => rebuild.Commit(start, setAside);
            FinishEpoch();
        }
        catch (StorageException) when (!rebuild.IsCommitting)
        {
            _unfinished = null;
            rebuild.Dispose();
            throw;
        }
    }

    private byte[] NewKey()
    {
        int number = _random.Next(_keyRange);
        return number % 7 == 0
            ? [(byte)number]
            : System.Text.Encoding.ASCII.GetBytes($"key/{number:D5}{new string('x', number % 5)}");
    }

    private byte[] NewValue()
    {
        byte[] value = new byte[_random.Next(8) == 0 ? 0 : _random.Next(80)];
        _random.NextBytes(value);
        return value;
    }
}
