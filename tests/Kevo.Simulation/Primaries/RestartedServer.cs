using Kevo.Core;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Nodes;
using Kevo.Testing.Disk;

namespace Kevo.Simulation.Primaries;

/// <summary>A server at the head of a chain, which somebody starts again whenever it has crashed or ended.</summary>
internal abstract class RestartedServer : RelayedServer
{
    private readonly string _name;
    private RelayEndpoint? _endpoint;

    protected RestartedServer(World world, string name)
    {
        World = world;
        _name = name;
        Operator = new Process(world.Scheduler, "operator");
        Machine = new Machine(world, name) { Crashed = BootLater };
    }

    public override Machine Machine { get; }

    protected override RelayEndpoint? Endpoint => _endpoint;

    /// <summary>The world it is in.</summary>
    protected World World { get; }

    /// <summary>Who starts it.</summary>
    protected Process Operator { get; }

    /// <summary>Starts it, unless it runs.</summary>
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
            process.Run(() => _endpoint = Open());
        }
        catch (SimulatedCrashException)
        {
            // It crashed again while it started; it is on its way up once more.
        }
        catch (KevoException error)
        {
            End(error);
        }
    }

    /// <summary>Opens what it has on its disk and begins to serve.</summary>
    protected abstract RelayEndpoint Open();

    /// <summary>An error ended it: the process exits and is started again.</summary>
    protected void End(KevoException error)
    {
        if (error.Kind != ErrorKind.Storage || error is StorageException { Fault: StorageFault.Corrupt })
        {
            throw World.Fail($"Nothing explains why the {_name} ended: {error.Kind}: {error.Message}", error);
        }

        World.Tell(_name, $"ends: {error.Message}");
        Machine.Exit();
        BootLater();
    }

    private void BootLater() =>
        World.Scheduler.At(Operator, World.Scheduler.Now + World.Milliseconds(50, 3_000).Ticks, Boot);
}
