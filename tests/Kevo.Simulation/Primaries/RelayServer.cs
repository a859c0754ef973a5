using Grpc.Core;
using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Replication.Session;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Simulation.Oracles;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Simulation.Primaries;

/// <summary>The real relay over a real log on a simulated disk, with clients that write to it.</summary>
internal sealed class RelayServer : IServer
{
    private readonly World _world;
    private readonly Workload _workload;
    private readonly LogOptions _options;
    private readonly List<Change[]> _underWay = [];
    private SimulatedFileSystem? _backup;
    private ulong _backupLast;
    private ulong _epoch = 1;
    private ulong _writeOnUpTo;
    private WriteAheadLog? _log;
    private RelayPrimary? _primary;
    private RelayEndpoint? _endpoint;

    public RelayServer(World world, Workload workload)
    {
        _world = world;
        _workload = workload;
        Machine = new Machine(world, "relay") { Crashed = Recover };
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

    /// <summary>Where it runs.</summary>
    public Machine Machine { get; }

    public Process? Process => Machine.IsUp && _endpoint is not null ? Machine.Process : null;

    /// <summary>Starts it, and writes go on if they have begun.</summary>
    public void Boot()
    {
        if (Machine.IsUp)
        {
            return;
        }

        _endpoint = null;
        Process process = Machine.Boot();
        try
        {
            process.Run(Open);
        }
        catch (SimulatedCrashException)
        {
            // It crashed again while it started, and will be started once more.
        }
    }

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
            _world.Tell("relay", $"is backed up at {_backupLast}");
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
        if (_backupLast < History.Last)
        {
            History.CutAfter(_backupLast);
            Losses++;
            _world.Faults.TailsLost++;
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
        History.CutAfter(0);
        Losses++;
        _world.Faults.TailsLost++;
        _epoch++;
        _backup = null;
        Machine.Replace(new SimulatedFileSystem());
    }

    public void OpenStream(SessionRequest request, ServerStream stream) => _endpoint!.OpenStream(request, stream);

    public CallReply? Acknowledge(string? session, ulong sequence) => _endpoint!.Acknowledge(session, sequence);

    public CallReply? NegativeAcknowledge(string? session, ulong sequence) =>
        _endpoint!.NegativeAcknowledge(session, sequence);

    public ulong? GetLastSequence() => _log!.Durable.Sequence;

    public IReadOnlyList<KeyValuePair<byte[], byte[]>>? ScanAfter(byte[] after) =>
        throw new RpcException(new Status(StatusCode.Unimplemented, "a relay has no keys"));

    /// <summary>Its clients may be faster than its replicas: they write on before the first one comes back.</summary>
    private void WriteOnUpTo(ulong sequence) => _writeOnUpTo = _world.Chance(0.6) ? sequence + 3 : 0;

    private void Recover() =>
        _world.Scheduler.At(
            new Process(_world.Scheduler, "operator"),
            _world.Scheduler.Now + _world.Milliseconds(50, 3_000).Ticks,
            Boot);

    private void Open()
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

        _primary = new RelayPrimary(_log, 512 << _world.Random.Next(6));
        Settle(_log.Durable);
        var service = new RelayService(
            _log,
            new RelayOptions { NodeId = "relay-1", MessageBytes = 256 << _world.Random.Next(8) },
            Machine.Process.Clock,
            NullLogger.Instance);
        while (History.Last < _writeOnUpTo)
        {
            WriteSome();
        }

        _writeOnUpTo = 0;
        _endpoint = new RelayEndpoint(_world, service);
    }

    /// <summary>
    /// After a crash: what was under way is there as a prefix, and nothing that was durable is missing.
    /// </summary>
    private void Settle(LogPosition durable)
    {
        ulong last = History.Last;
        if (durable.Sequence < last || durable.Sequence > last + (ulong)_underWay.Count)
        {
            throw _world.Fail(
                $"The relay came up with {durable}; {last} were durable and {_underWay.Count} more under way.");
        }

        foreach (Change[] changes in _underWay.Take((int)(durable.Sequence - last)))
        {
            Commit(changes);
        }

        _underWay.Clear();
        History.CheckLog(_world, _log!, LogPosition.None, "The relay");
    }

    private void WriteSome()
    {
        using var transaction = new PrimaryTransaction();
        int writes = _world.Random.Next(1, 5);
        for (int i = 0; i < writes; i++)
        {
            Change[] changes = _workload.Next();
            _underWay.Add(changes);
            Fill(transaction, changes);
            _primary!.Enqueue(transaction);
            transaction.Clear();
        }

        _primary!.Flush();
        _underWay.ForEach(Commit);
        _underWay.Clear();
        _world.Note("relay", "holds", (long)History.Last);
    }

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
        _world.Counters.Transactions++;
    }
}
