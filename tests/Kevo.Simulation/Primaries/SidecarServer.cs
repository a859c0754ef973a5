using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Relay.Sidecar;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Oracles;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Simulation.Primaries;

/// <summary>
/// The real sidecar beside the log files of a stock server, and the real relay over its log. The stock server only
/// writes files here; both live on one machine.
/// </summary>
internal sealed class SidecarServer : RestartedServer
{
    private readonly Workload _workload;
    private readonly StockFiles _stock = new();
    private readonly SidecarOptions _options;
    private readonly Process _server;
    private WriteAheadLog? _log;
    private SidecarCopier? _copier;
    private LogPosition _promised;

    public SidecarServer(World world, Workload workload)
        : base(world, "sidecar")
    {
        _workload = workload;
        _server = new Process(world.Scheduler, "stock");
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

    /// <summary>The stock server writes a transaction; the sidecar may look while it is half done.</summary>
    public void Write()
    {
        if (_stock.Rest.Length > 0)
        {
            return;
        }

        Change[] changes = _workload.Next();
        double share = World.Chance(0.2) ? World.Random.NextDouble() : 1;
        _stock.Write(Machine.Disk, changes, share);
        History.Commit(changes);
        World.Counters.Transactions++;
        World.Note("stock", "writes", (long)History.Last);
        if (_stock.Rest.Length > 0)
        {
            _server.After(TimeSpan.FromMicroseconds(World.Random.Next(1, 2_000)), () =>
                _stock.WriteRest(Machine.Disk));
        }
    }

    /// <summary>Its clock is set just when a transaction was written.</summary>
    public void WriteAndSetClock(TimeSpan offset)
    {
        Write();
        _server.After(World.Milliseconds(0, 15), () => Machine.SetClock(offset));
    }

    /// <summary>The stock server flushes its memtable, or is started again.</summary>
    public void Disturb()
    {
        if (_stock.Rest.Length > 0)
        {
            return;
        }

        World.Tell("stock", "goes on in another file, or after a restart");
        if (World.Chance(0.5))
        {
            _stock.Rotate(Machine.Disk);
        }
        else
        {
            _stock.Restart();
        }
    }

    protected override RelayEndpoint Open()
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
                SaltSource = () => (ulong)World.Random.NextInt64(),
            },
            Machine.FileSystem,
            clock);
        if (_log.Durable < _promised)
        {
            throw World.Fail($"The sidecar came up with {_log.Durable}, but had served {_promised}.");
        }

        _copier = SidecarCopier.Open(_options, Machine.FileSystem, _log, clock, NullLogger.Instance);
        Compare();
        var relay = new RelayOptions { NodeId = "sidecar-1", MessageBytes = 256 << World.Random.Next(8) };
        Machine.Process.Soon(Step);
        return new RelayEndpoint(World, new RelayService(_log, relay, clock, NullLogger.Instance), _log);
    }

    private void Step()
    {
        try
        {
            bool more = _copier!.RunStep();
            _copier.NoteChange();
            Compare();
            Machine.Process!.After(World.Milliseconds(0, more ? 1 : 10), Step);
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
        () => History.CheckLog(World, _log!, _promised, "The sidecar"));
}
