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
    private readonly bool _losesHistory;

    public RelayRun(World world)
        : base(world)
    {
        _losesHistory = world.Chance(0.4);
        RotChance = world.Chance(0.3) ? 0.15 : 0;
        _relay = new RelayServer(world, new Workload(world) { FewValues = world.Chance(0.3) });
        var oracle = new RelayOracle(world, _relay.History, () => _relay.Losses);
        Node = new Node(
            world, "node", NodeOptions.Choose(world.Random), Link, _relay, oracle)
        {
            ReplicaOptions = ChooseReplicaOptions(FollowMode.Auto),
        };
    }

    protected override Node Node { get; }

    protected override void BootPrimary() => _relay.Boot();

    protected override void Write()
    {
        if (_losesHistory && World.Chance(0.02))
        {
            _relay.BackUp();
        }

        _relay.Write();
    }

    protected override void CrashPrimary()
    {
        switch (_losesHistory ? World.Random.Next(2, 8) : World.Random.Next(4))
        {
            case 0 or 1: _relay.Machine.ArmCrash(World.Random.Next(1, 12)); break;
            case 2: _relay.Machine.Crash(power: true); break;
            case 3: _relay.Machine.Crash(power: false); break;
            case 4 or 5 or 6: _relay.Restore(); break;
            default: _relay.BeginAnew(); break;
        }
    }

    protected override string DescribePrimary() => $"the relay holds {_relay.History.Last}";
}
