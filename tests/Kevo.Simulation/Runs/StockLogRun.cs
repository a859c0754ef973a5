using Kevo.Core;
using Kevo.Relay.Stock;
using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Nodes;
using Kevo.Simulation.Oracles;
using Kevo.Simulation.Primaries;

namespace Kevo.Simulation.Runs;

/// <summary>
/// A node that follows a stock primary by what it reads from its log: by its ticker, or by asking. Both can freeze the
/// primary, which is why they are not the default; its operator then starts it again.
/// </summary>
internal sealed class StockLogRun : Run
{
    private readonly StockServer _stock;
    private readonly bool _losesTails;

    public StockLogRun(World world, FollowMode mode)
        : base(world)
    {
        _losesTails = world.Chance(0.3);

        // Files below what is acknowledged are deleted; a node that has to begin anew then finds no beginning.
        RotChance = _losesTails ? 0.1 : 0;
        StockQuirks kept = _losesTails ? StockQuirks.AcknowledgementsDeleteFiles : StockQuirks.None;
        var workload = new Workload(world) { TransactionMax = world.Random.Next(3) == 0 ? 60 : 8 };
        var options = new StockPrimaryOptions
        {
            Quirks = StockQuirks.All & ~kept,
            FreezeCycles = world.Chance(0.5) ? StockFreezeCycles.All : StockFreezeCycles.None,
            SyncDuration = world.Milliseconds(1, 3),
            MessageEntries = 100,
        };
        _stock = new StockServer(world, workload, options, mayFreeze: true);
        var oracle = new RelayOracle(world, _stock.History, () => _stock.TailsLost, MayEnd);
        Node = new Node(world, "node", NodeOptions.Choose(world.Random), Link, _stock, oracle)
        {
            ReplicaOptions = ChooseReplicaOptions(mode),
        };
    }

    protected override Node Node { get; }

    protected override void BootPrimary() => _stock.Boot();

    protected override void Write() => _stock.Write();

    protected override void CrashPrimary()
    {
        if (World.Chance(0.2))
        {
            _stock.StopGracefully();
        }
        else
        {
            _stock.Crash(_losesTails ? World.Random.Next(4) : 0);
        }
    }

    protected override string DescribePrimary() =>
        $"the primary's next number is {_stock.Model.NextSequence}, frozen: {_stock.Model.Frozen}";

    /// <summary>A primary that is frozen, or lost what it had sent live, leaves gaps that never close.</summary>
    private bool MayEnd(KevoException error) => error.Kind == ErrorKind.Gap
        && (_stock.TailsLost > 0 || (_stock.Model.Options.FreezeCycles & StockFreezeCycles.All) != 0);
}
