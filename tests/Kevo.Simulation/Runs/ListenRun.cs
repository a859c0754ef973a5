using Kevo.Relay.Stock;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Simulation.Oracles;
using Kevo.Simulation.Primaries;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Simulation.Runs;

/// <summary>A node that listens to a stock primary with all its freezes, in the default mode.</summary>
internal sealed class ListenRun : Run
{
    private readonly StockServer _stock;
    private readonly StockSyncMode _syncMode;
    private readonly bool _losesTails;
    private readonly bool _rotates;
    private readonly bool _disagrees;
    private readonly ListenOracle _oracle;
    private long _silentUntil;

    public ListenRun(World world)
        : base(world, silentDeathRate: 0.6)
    {
        Link.Quality = Steady(Link.Quality);
        _syncMode = world.Random.Next(6) switch
        {
            0 => StockSyncMode.None, 1 => StockSyncMode.Batch, _ => StockSyncMode.Immediate,
        };
        _losesTails = world.Chance(0.5);
        RotChance = world.Chance(0.3) ? 0.15 : 0;
        var odd = new Random(world.Seed ^ 0x6b65766f);
        _disagrees = odd.Next(4) == 0;
        _rotates = world.Chance(0.2) | (_disagrees && odd.Next(2) == 0);
        _stock = new StockServer(
            world,
            new Workload(world)
            {
                TransactionShare = world.Random.Next(4) switch { 0 => 0, 1 => 0.3, _ => _disagrees ? 0.3 : 0.03 },
                TransactionMax = world.Random.Next(4) == 0 ? 150 : 8,
                OddValueShare = _disagrees ? 0.1 : 0,
            },
            StockOptions(world, _disagrees) with { SyncMode = _syncMode },
            mayFreeze: false)
        {
            // A primary that does not count is read right only because its walks hold up its transactions.
            ScansHoldTransactions = _syncMode != StockSyncMode.Immediate,
        };
        _oracle = new ListenOracle(world, _stock);
        Node = new Node(world, "node", NodeOptions.Choose(world.Random), Link, _stock, _oracle)
        {
            ReplicaOptions = ChooseReplicaOptions(FollowMode.Auto) with
            {
                PreferredCodec = CompressionCodec.Zstd,
                Snapshots = new SnapshotOptions
                {
                    Interval = world.Milliseconds(200, 5_000),
                    SilenceLimit = world.Milliseconds(2_000, 20_000),
                    RepairBytesMax = world.Random.Next(3) == 0 ? world.Random.Next(4_000) : 32L << 20,
                    OnDivergence = world.Chance(0.5) ? DivergenceRule.Resync : DivergenceRule.Stop,
                },
            },
        };
    }

    protected override Node Node { get; }

    protected override void BootPrimary() => _stock.Boot();

    protected override void Write()
    {
        _oracle.CheckCondition(Node);
        if (_disagrees && World.Chance(0.02))
        {
            // Long enough for a walk that only silence asks for.
            _silentUntil = World.Scheduler.Now + World.Milliseconds(1_000, 20_000).Ticks;
        }

        if (_disagrees && World.Chance(0.01))
        {
            CrashPrimary();
        }

        if (World.Scheduler.Now >= _silentUntil)
        {
            _stock.Write();
        }
    }

    protected override void CrashPrimary()
    {
        switch (World.Random.Next(_rotates ? 4 : 3))
        {
            case 0 or 1: _stock.Crash(_losesTails ? World.Random.Next(6) : 0); break;
            case 2: _stock.StopGracefully(); break;
            default:
                _stock.Rotate();
                After(World.Milliseconds(500, 4_000), _stock.FlushAgain);
                After(World.Milliseconds(500, 8_000), _stock.FlushAgain);
                break;
        }
    }

    /// <summary>
    /// A primary that was started again says no number before its first write; only then can a node be sure of it. So
    /// its clients go on, slowly. Where nothing that they do can reach the node, because the log was rotated before the
    /// first write, the node says what its operator can do, who then does it.
    /// </summary>
    protected override void RepairPrimary()
    {
        WriteNowAndThen(10);
        After(TimeSpan.FromSeconds(60), TakeOverIfTold);
    }

    private void TakeOverIfTold()
    {
        if (Node.Replica?.GetStatus().Condition == PrimaryCondition.Restarted
            && Node.ReplicaOptions.Snapshots.OnDivergence == DivergenceRule.Stop)
        {
            Node.ReplicaOptions = Node.ReplicaOptions with
            {
                Snapshots = Node.ReplicaOptions.Snapshots with { OnDivergence = DivergenceRule.Resync },
            };
            Node.Restart();
        }
    }

    protected override string DescribePrimary() =>
        $"the primary's next number is {_stock.Model.NextSequence}, rotated: {_stock.Model.IsRotated}, "
        + $"frozen: {_stock.Model.Frozen}";

    private void WriteNowAndThen(int times)
    {
        if (times > 0)
        {
            After(TimeSpan.FromSeconds(15), () =>
            {
                _stock.WriteSingle();
                WriteNowAndThen(times - 1);
            });
        }
    }

    /// <summary>
    /// A way may be long, and a packet may be lost. But how long a packet takes that is not lost changes little from
    /// one to the next: what a node measures is what it gets. Near by, packets are lost often, because there a node has
    /// to see to it that this harms nobody.
    /// </summary>
    private LinkQuality Steady(LinkQuality quality)
    {
        if (quality.MostDelay <= TimeSpan.FromMilliseconds(20))
        {
            return quality.LossRate > 0 ? quality with { LossRate = 0.1 } : quality;
        }

        TimeSpan least = World.Chance(0.6) ? World.Milliseconds(40, 150) : World.Milliseconds(5, 30);
        return quality with
        {
            LeastDelay = least,
            MostDelay = least + TimeSpan.FromMilliseconds(5),
            LossRate = World.Chance(0.5) ? 0.01 : 0,
        };
    }

    /// <summary>
    /// Where what the primary shows may be something else than what its log says, the oracle accepts either; so most
    /// worlds are without that.
    /// </summary>
    private static StockPrimaryOptions StockOptions(World world, bool disagrees) => new()
    {
        Quirks = disagrees
            ? StockQuirks.All
            : StockQuirks.All & ~(StockQuirks.BatchVersionsOverlap | StockQuirks.StaleScan),
        FreezeCycles = StockFreezeCycles.All,
        BlocksOnFullWindow = true,
        StreamWindow = 4096,
        SyncDuration = world.Milliseconds(1, 15),
    };
}
