using Kevo.Core;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Nodes;
using Kevo.Storage;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;

namespace Kevo.Simulation.Oracles;

/// <summary>
/// For a node whose numbers are the primary's: its log is the primary's history, its views are the primary's content at
/// their position, and neither goes back behind what anybody was told.
/// </summary>
internal sealed class RelayOracle(World world, PrimaryHistory history) : INodeOracle
{
    private LogPosition _compared;
    private LogPosition _promised;
    private LogPosition _seen;

    public void Recovered(ReplicaStore store)
    {
        if (store.Durable < _promised)
        {
            throw world.Fail(
                $"The node came up with {store.Durable}, but {_promised} was acknowledged, reported durable, or seen.");
        }

        if (store.Visible != store.Durable)
        {
            throw world.Fail($"The node came up with {store.Durable} durable and {store.Visible} visible.");
        }

        history.CheckLog(world, store.Log, LogPosition.None, "The recovered node");
        using ISnapshot snapshot = store.OpenSnapshot();
        history.CheckContent(world, snapshot, "The recovered node");
        _compared = store.Durable;
    }

    public void Synced(ReplicaStore store, LogPosition durable)
    {
        if (durable < _promised)
        {
            throw world.Fail($"Durable went back from {_promised} to {durable}.");
        }

        _compared = history.CheckLog(world, store.Log, _compared, "The node");
        Promise(durable);
    }

    public void Acknowledging(Node node, SimulatedSession session, ulong sequence)
    {
        LogPosition position = new(node.Store!.Durable.Epoch, sequence);
        if (position > node.Store.Durable)
        {
            throw world.Fail($"{position} is acknowledged, but only {node.Store.Durable} is durable.");
        }

        if (world.Chance(0.1))
        {
            RequireOnDisk(node, position);
        }

        Promise(position);
    }

    public void Read(ReplicaStore store, Process process, TimeSpan hold)
    {
        ISnapshot snapshot = store.OpenSnapshot();
        if (snapshot.Position < _seen)
        {
            throw world.Fail($"A reader sees {snapshot.Position} after {_seen}.");
        }

        _seen = snapshot.Position;
        Promise(_seen);
        history.CheckContent(world, snapshot, "A reader's view");
        process.After(hold, () =>
        {
            using (snapshot)
            {
                history.CheckContent(world, snapshot, "A reader's view, held open,");
            }
        });
    }

    public void Ended(Node node, KevoException error)
    {
        if (error.Kind != ErrorKind.Storage)
        {
            throw world.Fail($"Nothing explains why the node ended: {error.Kind}: {error.Message}", error);
        }
    }

    public bool IsCaughtUp(Node node) => node.Store is { } store && store.Visible.Sequence == history.Last;

    public void CheckAll(Node node)
    {
        ReplicaStore store = node.Store!;
        history.CheckLog(world, store.Log, LogPosition.None, "The node at the end");
        using ISnapshot snapshot = store.OpenSnapshot();
        history.CheckContent(world, snapshot, "The node at the end");
    }

    /// <summary>If the power failed now, would the position be there?</summary>
    private void RequireOnDisk(Node node, LogPosition position)
    {
        SimulatedFileSystem image = node.Machine.Disk.CrashImage(world.Random.Next());
        using ReplicaStore copy = ReplicaStore.Open(
            new StoreOptions { Directory = "/node", LogSegmentSize = 4096 }, image, node.Machine.Process!.Clock);
        if (copy.Durable < position)
        {
            throw world.Fail($"{position} is acknowledged, but a power cut now would leave {copy.Durable}.");
        }
    }

    private void Promise(LogPosition position) => _promised = position > _promised ? position : _promised;
}
