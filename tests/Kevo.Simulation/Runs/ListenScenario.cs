using System.Text;
using Kevo.Core;
using Kevo.Relay.Stock;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Simulation.Oracles;
using Kevo.Simulation.Primaries;
using Kevo.Storage;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Simulation.Runs;

/// <summary>
/// A node that listens to the simulated stock primary, with the oracle of the runs, where nothing is left to chance: a
/// test says what happens.
/// </summary>
internal sealed class ListenScenario
{
    private readonly World _world = new(1, trace: null);
    private readonly StockServer _stock;
    private readonly Node _node;
    private readonly Link _link;
    private readonly DivergenceRule _onDivergence;

    /// <summary>Starts both and waits until the node is level.</summary>
    public ListenScenario(
        DivergenceRule onDivergence = DivergenceRule.Stop, RotationRule onRotation = RotationRule.Snapshot)
    {
        _onDivergence = onDivergence;
        _stock = new StockServer(
            _world,
            new Workload(_world),
            new StockPrimaryOptions { Quirks = StockQuirks.All, FreezeCycles = StockFreezeCycles.All },
            mayFreeze: false);
        _link = new Link(_world, "link") { SilentDeathRate = 0 };
        _node = new Node(
            _world, "node", NodeOptions.Choose(_world.Random), _link, _stock, new ListenOracle(_world, _stock))
        {
            ReplicaOptions = new ReplicaOptions
            {
                PreferredCodec = CompressionCodec.Zstd,
                Snapshots = new SnapshotOptions { OnDivergence = onDivergence, OnRotation = onRotation },
            },
        };
        _stock.Boot();
        _node.Boot();
        Pass(2);
    }

    /// <summary>What the node says of the primary.</summary>
    public PrimaryCondition Condition => _node.Replica!.GetStatus().Condition;

    /// <summary>How far it knows to be behind; null for not known.</summary>
    public ulong? Lag => _node.Replica!.GetStatus().Lag;

    /// <summary>
    /// Whether the node ended because of another history, so that its operator told it to take that over.
    /// </summary>
    public bool HasDiverged => _node.ReplicaOptions.Snapshots.OnDivergence != _onDivergence;

    /// <summary>The epoch of what the node holds.</summary>
    public ulong Epoch => _node.Store!.Visible.Epoch;

    /// <summary>What the node holds, as "key=value" in order.</summary>
    public string Held
    {
        get
        {
            using ISnapshot view = _node.Store!.OpenSnapshot();
            using IEntryCursor rows = view.Scan(default, default);
            var text = new StringBuilder();
            while (rows.MoveNext())
            {
                Append(text, rows.Key, rows.Value);
            }

            return text.ToString();
        }
    }

    /// <summary>What clients of the primary see, in the same form.</summary>
    public string Shown
    {
        get
        {
            var text = new StringBuilder();
            foreach ((byte[] key, byte[] value) in _stock.Model.Scan([], [], [], [], 0)!)
            {
                Append(text, key, value);
            }

            return text.ToString();
        }
    }

    /// <summary>Lets time pass.</summary>
    public void Pass(double seconds) =>
        _world.Scheduler.RunUntil(_world.Scheduler.Now + TimeSpan.FromSeconds(seconds).Ticks);

    /// <summary>A client writes one key, which a live stream brings at once.</summary>
    public void Put(string key, string value)
    {
        _stock.Write([Change(key, value)], alone: true);
        Pass(0.1);
    }

    /// <summary>A client commits a transaction, which no stream brings.</summary>
    public void Commit(params (string Key, string Value)[] puts)
    {
        _stock.Write([.. puts.Select(static put => Change(put.Key, put.Value))], alone: false);
        Pass(0.1);
    }

    /// <summary>The primary rotates its log.</summary>
    public void Rotate() => _stock.Rotate();

    /// <summary>The primary is killed and started again; until it is, the node is left alone.</summary>
    public void Restart()
    {
        _stock.Crash(0);
        while (_stock.Process is not { IsAlive: true })
        {
            Pass(0.001);
        }
    }

    /// <summary>The same, while the node hears nothing of it; and what happens before it does again.</summary>
    public void RestartUnheard(Action before, Action after)
    {
        _link.Cut();
        before();
        Restart();
        after();
        _link.Heal();
    }

    private static Change Change(string key, string value) =>
        new(Operation.Put, Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(value));

    private static void Append(StringBuilder text, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        text.Append(text.Length > 0 ? " " : "")
            .Append(Encoding.ASCII.GetString(key)).Append('=').Append(Encoding.ASCII.GetString(value));
}
