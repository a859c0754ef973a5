using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Simulation.Oracles;
using Kevo.Simulation.Primaries;

namespace Kevo.Simulation.Runs;

/// <summary>A node that follows the real relay, whose history is the oracle's.</summary>
internal sealed class RelayRun : Run
{
    private readonly RelayServer _relay;

    public RelayRun(World world)
        : base(world)
    {
        _relay = new RelayServer(world, new Workload(world));
        Node = new Node(
            world, "node", NodeOptions.Choose(world.Random), Link, _relay, new RelayOracle(world, _relay.History))
        {
            ReplicaOptions = ChooseReplicaOptions(FollowMode.Auto),
        };
    }

    protected override Node Node { get; }

    protected override void BootPrimary() => _relay.Boot();

    protected override void Write() => _relay.Write();

    protected override void CrashPrimary()
    {
        if (World.Chance(0.5))
        {
            _relay.Machine.ArmCrash(World.Random.Next(1, 12));
        }
        else
        {
            _relay.Machine.Crash(World.Chance(0.8));
        }
    }

    protected override string DescribePrimary() => $"the relay holds {_relay.History.Last}";
}
