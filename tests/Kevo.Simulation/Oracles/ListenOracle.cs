using Kevo.Core;
using Kevo.Relay.Stock;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Simulation.Primaries;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Simulation.Oracles;

/// <summary>
/// For a node that listens to a stock primary: its numbers are its own, so its content is compared. Every view is a
/// content that the primary had after a whole transaction, and none is older than one seen before. Where the primary's
/// log and what it shows disagree, a key may have the value of either.
/// </summary>
/// <remarks>
/// While the primary's log is rotated it says nothing about the time of a row, so a walk may mix rows of different
/// times; until the first exact view after its restart only the end is compared.
/// </remarks>
internal sealed class ListenOracle(World world, StockServer stock) : INodeOracle
{
    private const ulong Silencer = 1UL << 62;

    private readonly Dictionary<LogPosition, ulong> _contents = [];
    private bool _logRotted;
    private LogPosition _promised;
    private LogPosition _seen;
    private int _place;
    private long _exactAt;

    public void Recovered(ReplicaStore store)
    {
        if (_logRotted && store.Durable < _promised)
        {
            world.Counters.FramesCut++;
            Wiped();
        }

        _logRotted = false;
        if (store.Durable < _promised)
        {
            throw world.Fail($"The node came up with {store.Durable}, but {_promised} was reported durable, or seen.");
        }

        Look(store, "The recovered node");
    }

    public void Synced(ReplicaStore store, LogPosition durable)
    {
        if (durable < _promised)
        {
            throw world.Fail($"Durable went back from {_promised} to {durable}.");
        }

        _promised = durable;
        if (world.Chance(0.3))
        {
            Look(store, "The node");
        }
    }

    public void Acknowledging(Node node, SimulatedSession session, ulong sequence)
    {
        if (sequence < Silencer && sequence > node.Store!.Durable.Sequence)
        {
            throw world.Fail($"{sequence} is acknowledged, but only {node.Store.Durable} is durable.");
        }
    }

    public Action Read(ReplicaStore store)
    {
        ISnapshot snapshot = store.OpenSnapshot();
        if (snapshot.Position > store.Durable)
        {
            throw world.Fail($"A reader sees {snapshot.Position}, but only {store.Durable} is durable.");
        }

        ulong content = Compare(snapshot, "A reader's view");
        return () =>
        {
            using (snapshot)
            {
                if (Timeline.HashOf(snapshot) != content)
                {
                    throw world.Fail($"A reader's view of {snapshot.Position} changed while it was open.");
                }
            }
        };
    }

    /// <summary>
    /// A last frame that cannot be told from an unfinished write goes back, and is fetched again: what was held at its
    /// number may be another content then.
    /// </summary>
    public void LogRotted() => _logRotted = true;

    public void Wiped()
    {
        _contents.Clear();
        _place = 0;
        _logRotted = false;
        _promised = _seen = LogPosition.None;
    }

    public void Ended(Node node, KevoException error)
    {
        bool explained = error.Kind == ErrorKind.Storage
            || (error.Kind == ErrorKind.Divergence
                && (stock.TailsLost > 0 || stock.RotatedAt >= 0 || stock.Timeline.Disagreed));
        if (!explained)
        {
            throw world.Fail($"Nothing explains why the node ended: {error.Kind}: {error.Message}", error);
        }

        if (error.Kind == ErrorKind.Divergence)
        {
            // The operator sees that the primary lost what this node holds, and lets the node take the primary over.
            node.ReplicaOptions = node.ReplicaOptions with
            {
                Snapshots = node.ReplicaOptions.Snapshots with { OnDivergence = DivergenceRule.Resync },
            };
        }
    }

    public bool IsCaughtUp(Node node)
    {
        if (node.Store is not { } store || node.Replica?.CurrentState != ReplicaState.WaitingForData)
        {
            return false;
        }

        using ISnapshot snapshot = store.OpenSnapshot();
        return stock.Timeline.IsLatest(snapshot);
    }

    /// <summary>A primary that counts is not said to have rotated its log when it never did.</summary>
    public void CheckCondition(Node node)
    {
        if (stock.RotatedAt < 0 && stock.Model.Options.SyncMode == StockSyncMode.Immediate
            && node.Replica?.GetStatus().Condition == PrimaryCondition.Rotated)
        {
            throw world.Fail("The primary is said to have rotated its log, which it never did.");
        }
    }

    public void CheckAll(Node node) => Look(node.Store!, "The node at the end");

    private void Look(ReplicaStore store, string where)
    {
        using ISnapshot snapshot = store.OpenSnapshot();
        Compare(snapshot, where);
    }

    private ulong Compare(ISnapshot snapshot, string where)
    {
        LogPosition position = snapshot.Position;
        if (position < _seen)
        {
            throw world.Fail($"{where} shows {position} after {_seen}.");
        }

        _seen = position;
        _promised = position > _promised ? position : _promised;
        ulong content = Timeline.HashOf(snapshot);
        world.Note("node", "shows", (long)content);
        if (_contents.TryGetValue(position, out ulong known) && known != content)
        {
            throw world.Fail($"{where} shows another content at {position} than before.");
        }

        _contents[position] = content;
        if (position == LogPosition.None)
        {
            return content;
        }

        int place = stock.Timeline.Find(snapshot, content, _place);
        if (place >= 0)
        {
            _place = stock.Model.IsRotated ? _place : place;
            _exactAt = stock.Model.IsRotated ? _exactAt : world.Scheduler.Now;
        }
        else if (stock.RotatedAt < _exactAt)
        {
            throw world.Fail(
                stock.Timeline.Find(snapshot, content, 0) >= 0
                    ? $"{where} at {position} shows a content older than one seen before."
                    : $"{where} at {position} shows a content that the primary never had.");
        }

        return content;
    }
}
