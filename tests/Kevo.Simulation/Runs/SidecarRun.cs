using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Nodes;
using Kevo.Simulation.Oracles;
using Kevo.Simulation.Primaries;

namespace Kevo.Simulation.Runs;

/// <summary>A node that follows the sidecar of a stock server.</summary>
internal sealed class SidecarRun : Run
{
    private readonly SidecarServer _sidecar;

    public SidecarRun(World world)
        : base(world)
    {
        _sidecar = new SidecarServer(world, new Workload(world));
        RotChance = world.Chance(0.3) ? 0.15 : 0;
        var oracle = new RelayOracle(world, _sidecar.History, static () => 0);
        Node = new Node(world, "node", NodeOptions.Choose(world.Random), Link, _sidecar, oracle)
        {
            ReplicaOptions = ChooseReplicaOptions(FollowMode.Auto),
        };
    }

    protected override Node Node { get; }

    protected override void BootPrimary() => _sidecar.Boot();

    protected override void Write() => _sidecar.Write();

    protected override void CrashPrimary()
    {
        switch (World.Random.Next(7))
        {
            case 0 or 1: _sidecar.Machine.ArmCrash(World.Random.Next(1, 30)); break;
            case 2: _sidecar.Machine.Crash(power: true); break;
            case 3: _sidecar.Machine.Crash(power: false); break;
            case 4: _sidecar.Machine.Trouble.ErrorRate = World.Chance(0.5) ? 0.02 : 0; break;
            case 5: _sidecar.WriteAndSetClock(AnotherOffset()); break;
            default: _sidecar.Disturb(); break;
        }
    }

    protected override void RepairPrimary()
    {
        _sidecar.Machine.Trouble.ErrorRate = 0;
        _sidecar.Machine.ArmCrash(int.MaxValue);
        if (World.Chance(0.5))
        {
            _sidecar.WriteAndSetClock(AnotherOffset());
        }
    }

    protected override string DescribePrimary() => $"the stock server wrote {_sidecar.History.Last} transactions";
}
