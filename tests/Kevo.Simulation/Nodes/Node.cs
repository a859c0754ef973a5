using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Observation;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;

namespace Kevo.Simulation.Nodes;

/// <summary>
/// The node under test: the product's store and replica on a simulated machine, wired as the daemon wires them, with
/// its background work, its readers, and somebody who starts it again when it ends.
/// </summary>
internal sealed class Node : IReplicationObserver
{
    private readonly World _world;
    private readonly NodeOptions _options;
    private readonly Link _link;
    private readonly IServer _primary;
    private readonly Process _operator;
    private ReplicaStore? _store;
    private Replica? _replica;
    private bool _workScheduled;
    private bool _stopping;

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
        };
    }

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
        _workScheduled = false;
        _stopping = false;
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

    /// <summary>The operator empties the data directory, because the primary's history is another one now.</summary>
    public void Wipe() => Machine.Replace(new SimulatedFileSystem());

    public void StateChanged(in StateTransition transition) =>
        _world.Note(Machine.Name, transition.To.ToName());

    public void BatchSynced(in BatchFigures figures)
    {
        _world.Counters.Batches++;
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
        _world.Tell(Machine.Name, $"recovers {_store.Durable}, checkpoint {_store.CheckpointPosition}");
        _world.Counters.RecoveriesChecked++;
        Watch(() => Oracle.Recovered(_store));
        _store.WorkArose += ScheduleWork;
        _replica = new Replica(
            ReplicaOptions,
            new SimulatedConnector(process, _link, _primary, MeetAcknowledging),
            _store,
            new ReplicaServices
            {
                Time = process.Clock,
                Random = new Random(_world.Random.Next()),
                Observer = this,
                Reader = new SimulatedReader(process, _link, _primary),
                History = new LogHeldHistory(_store.Log),
                Spill = new SpillPlace(Machine.FileSystem, "/node"),
                Mark = new PrimaryMarkFile(Machine.FileSystem, "/node"),
            });
        _replica.Start();
        _ = SuperviseAsync(_replica);
        ScheduleWork();
        ScheduleRead(process);
    }

    private async Task SuperviseAsync(Replica replica)
    {
        try
        {
            await replica.Completion;
        }
        catch (KevoException error)
        {
            End(error);
        }
        catch (SimulatedCrashException)
        {
            // The process is dead, and this is its last echo.
        }
        catch (Exception error)
        {
            throw _world.Fail($"{Machine.Name}: the loop ended with {error.GetType().Name}: {error.Message}", error);
        }
    }

    private async Task StopAsync(Replica replica)
    {
        long started = _world.Scheduler.Now;
        await replica.StopAsync();
        if (_world.Scheduler.Now - started > TimeSpan.FromSeconds(30).Ticks)
        {
            _world.Fail($"{Machine.Name} took {TimeSpan.FromTicks(_world.Scheduler.Now - started)} to stop.");
        }

        Leave();
        BootLater(_world.Milliseconds(10, 2_000));
    }

    /// <summary>An error ended the node: the process exits, and the oracle says what the operator may do.</summary>
    private void End(KevoException error)
    {
        if (!Machine.IsUp || _stopping)
        {
            return;
        }

        _world.Tell(Machine.Name, $"ends: {error.Message}");
        Leave();
        TimeSpan rest = _world.Milliseconds(500, 5_000);
        _world.Scheduler.At(_operator, _world.Scheduler.Now + rest.Ticks, () =>
        {
            Oracle.Ended(this, error);
            Boot();
        });
    }

    /// <summary>The process exits; closing the store on the way may be cut short by the disk.</summary>
    private void Leave()
    {
        try
        {
            Machine.Quietly(() =>
            {
                _store?.Dispose();
                return true;
            });
        }
        catch (StorageException)
        {
            // A store that failed says so once more when it is closed; the process ends all the same.
        }

        Machine.Exit();
    }

    private void BootLater(TimeSpan delay) =>
        _world.Scheduler.At(_operator, _world.Scheduler.Now + delay.Ticks, Boot);

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
        process.After(_world.Milliseconds(20, 400), () => Read(process, again: true));

    private void Read(Process process, bool again)
    {
        if (_store is null)
        {
            return;
        }

        _world.Counters.ReadsChecked++;
        Watch(() => Oracle.Read(_store!, process, _world.Milliseconds(10, 500)));
        if (again)
        {
            ScheduleRead(process);
        }
    }

    private void Watch(Action look) => Machine.Quietly(() =>
    {
        look();
        return true;
    });
}
