using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Oracles;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Simulation.Primaries;

/// <summary>The real relay over a real log on a simulated disk, with clients that write to it.</summary>
internal sealed class RelayServer : RestartedServer
{
    private readonly Workload _workload;
    private readonly LogOptions _options;
    private readonly List<Change[]> _underWay = [];
    private readonly Queue<Change[]> _again = new();
    private readonly Dictionary<ulong, Change[]> _lost = [];
    private SimulatedFileSystem? _backup;
    private ulong _backupLast;
    private ulong _epoch = 1;
    private ulong _writeOnUpTo;
    private WriteAheadLog? _log;
    private RelayPrimary? _primary;

    public RelayServer(World world, Workload workload)
        : base(world, "relay")
    {
        _workload = workload;
        _options = new LogOptions
        {
            Directory = "/relay/log",
            SegmentSize = 4096 << world.Random.Next(3),
            SaltSource = () => (ulong)world.Random.NextInt64(),
        };
    }

    /// <summary>How often it lost what it had served.</summary>
    public int Losses { get; private set; }

    /// <summary>What it committed.</summary>
    public PrimaryHistory History { get; } = new();

    /// <summary>Writes something now, if it is up.</summary>
    public void Write()
    {
        if (!Machine.IsUp)
        {
            return;
        }

        try
        {
            Machine.Process!.Run(WriteSome);
        }
        catch (SimulatedCrashException)
        {
            // What was under way is found out when it is up again.
        }
    }

    /// <summary>Its operator copies the directory.</summary>
    public void BackUp()
    {
        if (Machine.IsUp && _underWay.Count == 0)
        {
            _backup = Machine.Disk.CrashImage(0);
            _backupLast = History.Last;
            World.Tell("relay", $"is backed up at {_backupLast}");
        }
    }

    /// <summary>Its disk dies, and its operator puts the copy back: what came after it is lost.</summary>
    public void Restore()
    {
        if (_backup is null || !Machine.IsUp)
        {
            return;
        }

        Machine.Crash(power: true);
        _underWay.Clear();
        WriteOnUpTo(History.Last);
        _lost.Clear();
        if (_backupLast < History.Last)
        {
            for (ulong sequence = _backupLast + 1; sequence <= History.Last; sequence++)
            {
                _lost[sequence] = History[sequence];
            }

            History.CutAfter(_backupLast);
            Losses++;
            World.Faults.TailsLost++;
        }

        Machine.Replace(_backup.CrashImage(0));
    }

    /// <summary>Its operator begins another history: an empty directory, and an epoch of its own.</summary>
    public void BeginAnew()
    {
        if (!Machine.IsUp)
        {
            return;
        }

        Machine.Crash(power: true);
        _underWay.Clear();
        WriteOnUpTo(History.Last);
        WriteAgain();
        History.CutAfter(0);
        Losses++;
        World.Faults.TailsLost++;
        _epoch++;
        _backup = null;
        Machine.Replace(new SimulatedFileSystem());
    }

    /// <summary>Its clients may be faster than its replicas: they write on before the first one comes back.</summary>
    private void WriteOnUpTo(ulong sequence) => _writeOnUpTo = World.Chance(0.6) ? sequence + 3 : 0;

    protected override RelayEndpoint Open()
    {
        if (!Machine.FileSystem.DirectoryExists("/relay"))
        {
            Machine.FileSystem.CreateDirectory("RELAY:MKDIR", "/relay");
        }

        _log = WriteAheadLog.Open(_options, Machine.FileSystem, Machine.Process!.Clock);
        if (_log.Durable.Epoch == 0)
        {
            _log.BeginEpoch(new LogPosition(_epoch, 0));
        }

        _primary = new RelayPrimary(_log, 512 << World.Random.Next(6));
        Settle(_log.Durable);
        var service = new RelayService(
            _log,
            new RelayOptions { NodeId = "relay-1", MessageBytes = 256 << World.Random.Next(8) },
            Machine.Process.Clock,
            NullLogger.Instance);
        while (History.Last < _writeOnUpTo)
        {
            WriteSome();
        }

        _writeOnUpTo = 0;
        return new RelayEndpoint(World, service, _log);
    }

    /// <summary>
    /// After a crash: what was under way is there as a prefix, and nothing that was durable is missing.
    /// </summary>
    private void Settle(LogPosition durable)
    {
        ulong last = History.Last;
        if (durable.Sequence < last || durable.Sequence > last + (ulong)_underWay.Count)
        {
            throw World.Fail(
                $"The relay came up with {durable}; {last} were durable and {_underWay.Count} more under way.");
        }

        foreach (Change[] changes in _underWay.Take((int)(durable.Sequence - last)))
        {
            Commit(changes);
        }

        _underWay.Clear();
        History.CheckLog(World, _log!, LogPosition.None, "The relay");
    }

    /// <summary>
    /// Clients may write most of it again: then the last transaction that a node holds is there, at the same number,
    /// and the histories differ all the same.
    /// </summary>
    private void WriteAgain()
    {
        _again.Clear();
        if (History.Last > 1 && World.Chance(0.4))
        {
            _again.Enqueue(_workload.Next());
            for (ulong sequence = 2; sequence <= History.Last; sequence++)
            {
                _again.Enqueue(History[sequence]);
            }

            _writeOnUpTo = History.Last + 3;
        }
    }

    private void WriteSome()
    {
        using var transaction = new PrimaryTransaction();
        int writes = World.Random.Next(1, 5);
        for (int i = 0; i < writes; i++)
        {
            Change[] changes = _again.TryDequeue(out Change[]? former) ? former : NextOfHistory();
            _underWay.Add(changes);
            Fill(transaction, changes);
            _primary!.Enqueue(transaction);
            transaction.Clear();
        }

        _primary!.Flush();
        _underWay.ForEach(Commit);
        _underWay.Clear();
        World.Note("relay", "holds", (long)History.Last);
    }

    /// <summary>
    /// What is written next; never what was lost at this very number. A node that holds that as its last would take the
    /// history for its own: the comparison is of one transaction (docs/TESTING.md, Limits).
    /// </summary>
    private Change[] NextOfHistory()
    {
        ulong sequence = History.Last + (ulong)_underWay.Count + 1;
        Change[] changes = _workload.Next();
        while (_lost.TryGetValue(sequence, out Change[]? lost) && AreSame(changes, lost))
        {
            changes = _workload.Next();
        }

        return changes;
    }

    private static bool AreSame(Change[] left, Change[] right) =>
        left.Length == right.Length && left.Zip(right).All(static pair =>
            pair.First.Operation == pair.Second.Operation
            && pair.First.Key.AsSpan().SequenceEqual(pair.Second.Key)
            && pair.First.Value.AsSpan().SequenceEqual(pair.Second.Value));

    private static void Fill(PrimaryTransaction transaction, Change[] changes)
    {
        foreach (Change change in changes)
        {
            if (change.Operation == Operation.Delete)
            {
                transaction.Delete(change.Key);
            }
            else
            {
                transaction.Put(change.Key, change.Value);
            }
        }
    }

    private void Commit(Change[] changes)
    {
        History.Commit(changes);
        World.Counters.Transactions++;
    }
}
