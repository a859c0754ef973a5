using Grpc.Core;
using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Relay.Sidecar;
using Kevo.Replication.Session;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Simulation.Oracles;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Simulation.Primaries;

/// <summary>
/// The real sidecar beside the log files of a stock server, and the real relay over its log. The stock server only
/// writes files here; both live on one machine.
/// </summary>
internal sealed class SidecarServer : IServer
{
    private readonly World _world;
    private readonly Workload _workload;
    private readonly StockFiles _stock = new();
    private readonly SidecarOptions _options;
    private readonly Process _operator;
    private readonly Process _server;
    private WriteAheadLog? _log;
    private SidecarCopier? _copier;
    private RelayEndpoint? _endpoint;
    private LogPosition _promised;

    public SidecarServer(World world, Workload workload)
    {
        _world = world;
        _workload = workload;
        _operator = new Process(world.Scheduler, "operator");
        _server = new Process(world.Scheduler, "stock");
        Machine = new Machine(world, "sidecar") { Crashed = BootLater };
        _options = new SidecarOptions
        {
            StockDirectory = "/kevo",
            Directory = "/sidecar",
            BatchBytes = 256 << world.Random.Next(8),
            StateInterval = world.Milliseconds(10, 1_000),
            SegmentSize = 4096 << world.Random.Next(3),
        };
        _stock.Create(Machine.Disk);
    }

    /// <summary>What the stock server wrote, transaction by transaction; the sidecar numbers them from 1.</summary>
    public PrimaryHistory History { get; } = new();

    /// <summary>Where both run.</summary>
    public Machine Machine { get; }

    public Process? Process => Machine.IsUp && _endpoint is not null ? Machine.Process : null;

    /// <summary>Starts the sidecar.</summary>
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
            // It crashed while it started; it is on its way up again.
        }
        catch (KevoException error)
        {
            End(error);
        }
    }

    /// <summary>The stock server writes a transaction; the sidecar may look while it is half done.</summary>
    public void Write()
    {
        if (_stock.Rest.Length > 0)
        {
            return;
        }

        Change[] changes = _workload.Next();
        double share = _world.Chance(0.2) ? _world.Random.NextDouble() : 1;
        _stock.Write(Machine.Disk, changes, share);
        History.Commit(changes);
        _world.Counters.Transactions++;
        _world.Note("stock", "writes", (long)History.Last);
        if (_stock.Rest.Length > 0)
        {
            _server.After(TimeSpan.FromMicroseconds(_world.Random.Next(1, 2_000)), () =>
                _stock.WriteRest(Machine.Disk));
        }
    }

    /// <summary>The stock server flushes its memtable, or is started again.</summary>
    public void Disturb()
    {
        if (_stock.Rest.Length > 0)
        {
            return;
        }

        _world.Tell("stock", "goes on in another file, or after a restart");
        if (_world.Chance(0.5))
        {
            _stock.Rotate(Machine.Disk);
        }
        else
        {
            _stock.Restart();
        }
    }

    public void OpenStream(SessionRequest request, ServerStream stream) => _endpoint!.OpenStream(request, stream);

    public CallReply? Acknowledge(string? session, ulong sequence) => _endpoint!.Acknowledge(session, sequence);

    public CallReply? NegativeAcknowledge(string? session, ulong sequence) =>
        _endpoint!.NegativeAcknowledge(session, sequence);

    public ulong? GetLastSequence() => _log!.Durable.Sequence;

    public IReadOnlyList<KeyValuePair<byte[], byte[]>>? ScanAfter(byte[] after) =>
        throw new RpcException(new Status(StatusCode.Unimplemented, "a relay has no keys"));

    private void BootLater() => _world.Scheduler.At(
        _operator, _world.Scheduler.Now + _world.Milliseconds(50, 3_000).Ticks, Boot);

    private void Open()
    {
        if (!Machine.FileSystem.DirectoryExists(_options.Directory))
        {
            Machine.FileSystem.CreateDirectory("SIDECAR:CREATE", _options.Directory);
        }

        TimeProvider clock = Machine.Process!.Clock;
        _log = WriteAheadLog.Open(
            new LogOptions
            {
                Directory = "/sidecar/log",
                SegmentSize = _options.SegmentSize,
                SaltSource = () => (ulong)_world.Random.NextInt64(),
            },
            Machine.FileSystem,
            clock);
        if (_log.Durable < _promised)
        {
            throw _world.Fail($"The sidecar came up with {_log.Durable}, but had served {_promised}.");
        }

        _copier = SidecarCopier.Open(_options, Machine.FileSystem, _log, clock, NullLogger.Instance);
        Compare();
        var relay = new RelayOptions { NodeId = "sidecar-1", MessageBytes = 256 << _world.Random.Next(8) };
        _endpoint = new RelayEndpoint(_world, new RelayService(_log, relay, clock, NullLogger.Instance));
        Machine.Process.Soon(Step);
    }

    private void Step()
    {
        try
        {
            bool more = _copier!.RunStep();
            _copier.NoteChange();
            Compare();
            Machine.Process!.After(_world.Milliseconds(0, more ? 1 : 10), Step);
        }
        catch (SimulatedCrashException)
        {
            // The machine stopped in the middle of the step.
        }
        catch (KevoException error)
        {
            End(error);
        }
    }

    private void Compare() => _promised = Machine.Quietly(
        () => History.CheckLog(_world, _log!, _promised, "The sidecar"));

    private void End(KevoException error)
    {
        if (error.Kind != ErrorKind.Storage || error is StorageException { Fault: StorageFault.Corrupt })
        {
            throw _world.Fail($"Nothing explains why the sidecar ended: {error.Kind}: {error.Message}", error);
        }

        _world.Tell("sidecar", $"ends: {error.Message}");
        Machine.Exit();
        BootLater();
    }
}
