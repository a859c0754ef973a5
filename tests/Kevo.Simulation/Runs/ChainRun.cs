using Kevo.Core;
using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Simulation.Oracles;
using Kevo.Simulation.Primaries;

namespace Kevo.Simulation.Runs;

/// <summary>
/// A node that follows the head of a chain and serves its log, and one or two nodes that follow it in turn. The head is
/// a relay that may lose history, or the sidecar of a stock server.
/// </summary>
internal sealed class ChainRun : Run
{
    private readonly RelayServer? _relay;
    private readonly SidecarServer? _sidecar;
    private readonly bool _losesHistory;
    private readonly bool _joins;
    private readonly List<Node> _nodes = [];
    private readonly List<Link> _links = [];

    public ChainRun(World world)
        : base(world)
    {
        var workload = new Workload(world);
        PrimaryHistory history;
        if (world.Chance(0.7))
        {
            _losesHistory = world.Chance(0.3);
            _relay = new RelayServer(world, workload);
            history = _relay.History;
        }
        else
        {
            _sidecar = new SidecarServer(world, workload);
            history = _sidecar.History;
        }

        // A node that begins anew asks the one before it for everything, or for a snapshot.
        RotChance = world.Chance(0.5) ? 0.15 : 0;
        _joins = world.Chance(0.5);
        bool keepsAll = !_joins && (RotChance > 0 || _losesHistory);
        int count = world.Random.Next(2, 4);
        var oracle = new RelayOracle(world, history, () => _relay?.Losses ?? 0);
        for (int i = 0; i < count; i++)
        {
            Add(i, i == count - 1, keepsAll, oracle);
            oracle = Behind(oracle, _nodes[i], history);
        }
    }

    protected override Node Node => _nodes[0];

    protected override IReadOnlyList<Node> Nodes => _nodes;

    protected override IReadOnlyList<Link> Links => _links;

    protected override void BootPrimary()
    {
        _relay?.Boot();
        _sidecar?.Boot();
    }

    protected override void Write()
    {
        if (_losesHistory && World.Chance(0.02))
        {
            _relay!.BackUp();
        }

        _relay?.Write();
        _sidecar?.Write();
    }

    protected override void CrashPrimary()
    {
        if (_joins && World.Chance(0.5))
        {
            _nodes[World.Random.Next(1, _nodes.Count)].Replace();
            return;
        }

        if (_relay is null)
        {
            switch (World.Random.Next(4))
            {
                case 0: _sidecar!.Machine.ArmCrash(World.Random.Next(1, 30)); break;
                case 1: _sidecar!.Machine.Crash(power: World.Chance(0.5)); break;
                case 2: _sidecar!.WriteAndSetClock(AnotherOffset()); break;
                default: _sidecar!.Disturb(); break;
            }

            return;
        }

        switch (World.Random.Next(_losesHistory ? 5 : 3))
        {
            case 0: _relay.Machine.ArmCrash(World.Random.Next(1, 12)); break;
            case 1: _relay.Machine.Crash(power: World.Chance(0.5)); break;
            case 2: _relay.Machine.SetClock(AnotherOffset()); break;
            case 3: _relay.Restore(); break;
            default: _relay.BeginAnew(); break;
        }
    }

    protected override void RepairPrimary()
    {
        _relay?.Machine.ArmCrash(int.MaxValue);
        _sidecar?.Machine.ArmCrash(int.MaxValue);
    }

    protected override string DescribePrimary() =>
        _relay is not null ? $"the relay holds {_relay.History.Last}"
            : $"the stock server wrote {_sidecar!.History.Last} transactions";

    private void Add(int place, bool last, bool keepsAll, RelayOracle oracle)
    {
        IServer before = place > 0 ? new NodeServer(_nodes[place - 1]) : _relay is not null ? _relay : _sidecar!;
        Link link = place == 0 ? Link : new Link(World, $"link-{place + 1}") { Quality = ChooseQuality() };
        _links.Add(link);
        NodeOptions sizes = NodeOptions.Choose(World.Random);
        if (keepsAll)
        {
            sizes = sizes with { Store = sizes.Store with { LogRetentionBytes = 1L << 30 } };
        }

        _nodes.Add(new Node(World, $"node-{place + 1}", sizes, link, before, oracle)
        {
            Serves = !last,
            ReplicaOptions = ChooseReplicaOptions(FollowMode.Auto) with { NodeId = $"node-{place + 1}" },
        });
        if (!last && !keepsAll && !_joins)
        {
            // What one that is not known yet needs may be gone before it comes for the first time.
            _nodes[place].Remember($"node-{place + 2}", ProcessClock.Epoch);
        }
    }

    /// <summary>
    /// The truth about a node behind another: the head's history, except while the one before it still has what the
    /// head lost. One that was set back is behind its replicas for a while, and they end and are started again.
    /// </summary>
    private RelayOracle Behind(RelayOracle before, Node node, PrimaryHistory history) =>
        new(
            World,
            history,
            () => before.LossesMet,
            error => error.Kind == ErrorKind.Divergence && before.SetBacks > 0)
        {
            IsPrimaryStale = () => before.IsPrimaryStale() || (_relay?.Losses ?? 0) > before.LossesMet,
            Upstream = () => before.SetBacks > 0 ? null : node.Store?.Durable,
            MayBeLeftBehind = _joins,
        };
}
