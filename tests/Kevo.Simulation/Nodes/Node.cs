using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Observation;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Primaries;
using Kevo.Storage.Log;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Simulation.Nodes;

/// <summary>
/// The node under test: the product's store and replica on a simulated machine, wired as the daemon wires them, with
/// its background work, its readers, and somebody who starts it again when it ends.
/// </summary>
internal sealed partial class Node : IReplicationObserver
{
    private static readonly TimeSpan PathInterval = TimeSpan.FromSeconds(1);

    private readonly World _world;
    private readonly NodeOptions _options;
    private readonly Link _link;
    private readonly IServer _primary;
    private readonly Process _operator;
    private ReplicaStore? _store;
    private Replica? _replica;
    private RelayService? _relay;
    private RelayRetention? _retention;
    private bool _workScheduled;
    private bool _stopping;
    private long _repairs;

    public Node(World world, string name, NodeOptions options, Link link, IServer primary, INodeOracle oracle)
    {
        _world = world;
        _options = options;
        _link = link;
        _primary = primary;
        Oracle = oracle;
        _operator = new Process(world.Scheduler, "operator");
        Machine = new Machine(world, name)
        {
            Crashed = () => BootLater(_world.Milliseconds(10, 3_000)),
            Syncing = () => Read(Machine!.Process!, again: false),
            Rotted = path =>
            {
                if (path.StartsWith("/node/log/", StringComparison.Ordinal))
                {
                    Oracle.LogRotted();
                }
            },
        };
    }

    /// <summary>Its world.</summary>
    public World World => _world;

    /// <summary>Where it runs.</summary>
    public Machine Machine { get; }

    /// <summary>What watches it.</summary>
    public INodeOracle Oracle { get; }

    /// <summary>Its store; null while it is down.</summary>
    public ReplicaStore? Store => Machine.IsUp ? _store : null;

    /// <summary>Its replica; null while it is down.</summary>
    public Replica? Replica => Machine.IsUp ? _replica : null;

    /// <summary>The settings of the replica.</summary>
    public ReplicaOptions ReplicaOptions { get; set; } = new();

    /// <summary>Whether it serves its log to other nodes.</summary>
    public bool Serves { get; init; }

    /// <summary>What serves its log; null while nothing does.</summary>
    public RelayEndpoint? Endpoint { get; private set; }

    /// <summary>Whether it has everything the primary has.</summary>
    public bool IsCaughtUp => Machine.IsUp && Watch(() => Oracle.IsCaughtUp(this));

    /// <summary>
    /// Compares everything it has; false when rotten bits were found instead, for which it begins anew.
    /// </summary>
    public bool CheckAll() => Watch(() =>
    {
        Oracle.CheckAll(this);
        return true;
    });

    /// <summary>It knows of a node behind it from earlier, which holds nothing yet.</summary>
    public void Remember(string replica, DateTimeOffset heard)
    {
        Machine.Disk.CreateDirectory("TEST:MKDIR", "/node");
        Machine.Disk.SyncDirectory("TEST:SYNC", "/");
        new KnownReplicaFile(Machine.Disk, "/node").Write([new KnownReplica(replica, new LogPosition(1, 0), heard)]);
    }

    /// <summary>Starts it.</summary>
    public void Boot()
    {
        if (Machine.IsUp)
        {
            return;
        }

        Process process = Machine.Boot();
        _store = null;
        _replica = null;
        _relay = null;
        _retention = null;
        Endpoint = null;
        _workScheduled = false;
        _stopping = false;
        _repairs = 0;
        try
        {
            process.Run(Open);
        }
        catch (SimulatedCrashException)
        {
            // It crashed while it started; it is on its way up again.
        }
        catch (StorageException error) when (process.IsAlive)
        {
            process.Run(() => End(error));
        }
    }

    /// <summary>Stops it in good order, and starts it again later.</summary>
    public void Restart()
    {
        if (Replica is not { } replica || _stopping)
        {
            return;
        }

        _world.Tell(Machine.Name, "is stopped");
        _stopping = true;
        Machine.Process!.Run(() => _ = StopAsync(replica));
    }

    /// <summary>Its operator puts another machine in its place, with an empty directory.</summary>
    public void Replace()
    {
        if (Machine.IsUp && !_stopping)
        {
            _world.Tell(Machine.Name, "is replaced");
            StartOver();
        }
    }

    /// <summary>The operator empties the data directory, because the primary's history is another one now.</summary>
    public void Wipe() => Machine.Replace(new SimulatedFileSystem());

    public void StateChanged(in StateTransition transition) =>
        _world.Note(Machine.Name, transition.To.ToName());

    public void BatchSynced(in BatchFigures figures)
    {
        _world.Counters.Batches++;
        long repairs = _replica!.GetStatus().Counters.Repairs;
        _world.Counters.Repairs += repairs - _repairs;
        _repairs = repairs;
        _world.Note(Machine.Name, "synced", (long)figures.Durable.Sequence);
        LogPosition durable = figures.Durable;
        Watch(() => Oracle.Synced(_store!, durable));
    }

    public void Failed(in Failure failure) =>
        _world.Tell(Machine.Name, $"{failure.Kind}: {failure.Error.Message}");

    private void Open()
    {
        Process process = Machine.Process!;
        if (!Machine.FileSystem.DirectoryExists("/node"))
        {
            Machine.FileSystem.CreateDirectory("NODE:MKDIR", "/node");
        }

        _store = ReplicaStore.Open(
            _options.Store with { LogSaltSource = () => (ulong)_world.Random.NextInt64() },
            Machine.FileSystem,
            process.Clock);
        RetentionPin history = _store.Log.PinRetention(LogPosition.None);
        _store.WorkArose += ScheduleWork;
        ScheduleWork();
        _world.Tell(Machine.Name, $"recovers {_store.Durable}, checkpoint {_store.CheckpointPosition}");
        _world.Counters.RecoveriesChecked++;
        Watch(() => Oracle.Recovered(_store));
        process.After(_world.Milliseconds(0, 20), () => Follow(history));
    }

    /// <summary>
    /// Begins to serve and to follow, a moment after its store is open and its background work has begun; until then no
    /// history is deleted.
    /// </summary>
    private void Follow(RetentionPin history)
    {
        Process process = Machine.Process!;
        _replica = new Replica(
            ReplicaOptions,
            new SimulatedConnector(process, _link, _primary, MeetAcknowledging),
            _store!,
            new ReplicaServices
            {
                Time = process.Clock,
                Random = new Random(_world.Random.Next()),
                Observer = this,
                Reader = new SimulatedReader(process, _link, _primary),
                History = new LogHeldHistory(_store!.Log),
                Spill = new SpillPlace(Machine.FileSystem, "/node"),
                Mark = new PrimaryMarkFile(Machine.FileSystem, "/node"),
            });
        try
        {
            if (Serves)
            {
                Serve(process);
            }

            history.Dispose();
            _replica.Start();
        }
        catch (StorageException error)
        {
            End(error);
            return;
        }

        _ = SuperviseAsync(_replica);
        ScheduleRead(process);
    }

    /// <summary>Serves its log to other nodes, as the daemon does.</summary>
    private void Serve(Process process)
    {
        _relay = new RelayService(
            _store!.Log,
            new RelayOptions
            {
                NodeId = ReplicaOptions.NodeId,
                MessageBytes = 256 << _world.Random.Next(8),

                // Longer than any clock is set away: after a restart ages go by the time of day.
                KnownReplicaAge = TimeSpan.FromDays(30),
            },
            process.Clock,
            NullLogger.Instance);
        _retention = new RelayRetention(
            _store.Log,
            _relay,
            new RelayRetentionOptions
            {
                KeepBytes = _options.Store.LogRetentionBytes,
                Deletes = false,
                File = new KnownReplicaFile(Machine.FileSystem, "/node"),
                Interval = _world.Milliseconds(500, 5_000),
            },
            process.Clock,
            NullLogger.Instance);
        Endpoint = new RelayEndpoint(_world, _relay, _store.Log, MeetStreamFailure);
        process.After(PathInterval, TellUpstreamPath);
    }

    private void TellUpstreamPath()
    {
        ReplicaStatus status = _replica!.GetStatus();
        if (status.RelayNodeId is { } relay)
        {
            _relay!.SetUpstreamPath([relay, .. status.UpstreamPath]);
        }

        Machine.Process!.After(PathInterval, TellUpstreamPath);
    }

    private void MeetAcknowledging(SimulatedSession session, ulong sequence)
    {
        if (Machine.IsUp)
        {
            _world.Counters.Acknowledgements++;
            _world.Note(Machine.Name, "acknowledges", (long)sequence);
            Watch(() => Oracle.Acknowledging(this, session, sequence));
        }
    }

    private void ScheduleWork()
    {
        if (!_workScheduled && Machine.IsUp)
        {
            _workScheduled = true;
            Machine.Process!.After(_world.Milliseconds(0, 5), Work);
        }
    }

    private void Work()
    {
        _workScheduled = false;
        try
        {
            if (_store!.RunStep())
            {
                _world.Counters.StoreSteps++;
                ScheduleWork();
            }
        }
        catch (SimulatedCrashException)
        {
            // The machine stopped in the middle of the step.
        }
        catch (StorageException damage) when (damage.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion)
        {
            MeetDamage(damage);
        }
        catch (StorageException error) when (error.Fault != StorageFault.SyncFailed)
        {
            _world.Tell(Machine.Name, $"background: {error.Message}");
            _workScheduled = true;
            Machine.Process!.After(TimeSpan.FromSeconds(1), Work);
        }
        catch (StorageException)
        {
            // The loop meets the same error in its next call, and ends the process.
        }
    }

    private void ScheduleRead(Process process) =>
        process.After(_world.Milliseconds(20, 800), () => Read(process, again: true));

    private void Read(Process process, bool again)
    {
        if (_store is null)
        {
            return;
        }

        _world.Counters.ReadsChecked++;
        Action? lookAgain = null;
        Watch(() => lookAgain = Oracle.Read(_store!));
        if (lookAgain is not null)
        {
            process.After(_world.Milliseconds(10, 500), () => Watch(lookAgain));
        }

        if (again)
        {
            ScheduleRead(process);
        }
    }

    private void Watch(Action look) => Watch(() =>
    {
        look();
        return true;
    });

    /// <summary>Lets the oracle look; false when it met rotten bits, as a reader would.</summary>
    private bool Watch(Func<bool> look)
    {
        try
        {
            return Machine.Quietly(look);
        }
        catch (StorageException damage) when (damage.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion)
        {
            MeetDamage(damage);
            return false;
        }
    }
}
