using Kevo.Core;
using Kevo.Replication.Follow;
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
/// <param name="world">The world.</param>
/// <param name="history">The primary's history, cut where the primary lost something.</param>
/// <param name="lost">How often the primary lost what it had sent before.</param>
/// <param name="mayEnd">Whether the primary explains an error that ends the node.</param>
internal sealed class RelayOracle(
    World world, PrimaryHistory history, Func<int> lost, Func<KevoException, bool>? mayEnd = null) : INodeOracle
{
    /// <summary>What a stock primary is told so that it reads no log; no statement about what is held.</summary>
    private const ulong Silencer = 1UL << 62;

    /// <summary>Where frames of the log end, as far as they were reported.</summary>
    private readonly Stack<LogPosition> _synced = new();
    private bool _logRotted;
    private LogPosition _compared;
    private LogPosition _promised;
    private LogPosition _seen;

    /// <summary>
    /// Set where the primary is another node: whether it may still serve what the head of the chain has lost.
    /// </summary>
    public Func<bool> IsPrimaryStale { get; init; } = static () => false;

    /// <summary>Set where the primary is another node: what is durable there; null while it cannot be told.</summary>
    public Func<LogPosition?> Upstream { get; init; } = static () => null;

    /// <summary>
    /// Set where the primary is a node that keeps little: one that it does not know, or that it forgot when it began
    /// anew, may find that what it needs is gone.
    /// </summary>
    public bool MayBeLeftBehind { get; init; }

    /// <summary>The losses of the primary after which this node began anew.</summary>
    public int LossesMet { get; private set; }

    /// <summary>How often this node went back or began anew, which those behind it meet.</summary>
    public int SetBacks { get; private set; }

    /// <summary>
    /// The primary lost something since this node began: the node may hold it still, and has to stop when it meets a
    /// history that is not its own.
    /// </summary>
    private bool MayHoldMore => lost() > LossesMet || IsPrimaryStale();

    public void Recovered(ReplicaStore store)
    {
        if (store.Durable < LeastAfterRot())
        {
            throw world.Fail(
                $"The node came up with {store.Durable}, but {_promised} was acknowledged, reported durable, or seen.");
        }

        NoteRecovered(store.Durable);

        if (store.Visible != store.Durable)
        {
            throw world.Fail($"The node came up with {store.Durable} durable and {store.Visible} visible.");
        }

        if (MayHoldMore)
        {
            return;
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

        if (Upstream() is { } upstream && upstream < durable)
        {
            throw world.Fail($"The node holds {durable}, but the one it follows only {upstream}.");
        }

        Promise(durable);
        _synced.Push(durable);
        if (!MayHoldMore)
        {
            _compared = history.CheckLog(world, store.Log, _compared, "The node");
        }
    }

    public void Acknowledging(Node node, SimulatedSession session, ulong sequence)
    {
        if (sequence >= Silencer)
        {
            return;
        }

        LogPosition position = new(node.Store!.Durable.Epoch, sequence);
        if (position > node.Store.Durable)
        {
            throw world.Fail($"{position} is acknowledged, but only {node.Store.Durable} is durable.");
        }

        if (world.Chance(0.03))
        {
            RequireOnDisk(node, position);
        }

        Promise(position);
    }

    public Action Read(ReplicaStore store)
    {
        ISnapshot snapshot = store.OpenSnapshot();
        if (snapshot.Position > store.Durable)
        {
            throw world.Fail($"A reader sees {snapshot.Position}, but only {store.Durable} is durable.");
        }

        if (snapshot.Position < _seen)
        {
            throw world.Fail($"A reader sees {snapshot.Position} after {_seen}.");
        }

        _seen = snapshot.Position;
        Promise(_seen);
        if (MayHoldMore)
        {
            return snapshot.Dispose;
        }

        history.CheckContent(world, snapshot, "A reader's view");
        int losses = lost();
        return () =>
        {
            using (snapshot)
            {
                if (losses == lost() && !IsPrimaryStale())
                {
                    history.CheckContent(world, snapshot, "A reader's view, held open,");
                }
            }
        };
    }

    public void LogRotted() => _logRotted = true;

    public void Wiped()
    {
        SetBacks++;
        _synced.Clear();
        _logRotted = false;
        _compared = _promised = _seen = LogPosition.None;
    }

    public void Ended(Node node, KevoException error)
    {
        if (error.Kind == ErrorKind.Divergence && MayHoldMore)
        {
            // The operator sees that the primary lost what this node holds, and lets the node begin anew.
            LossesMet = lost();
            node.Wipe();
            Wiped();
            return;
        }

        if (error.Kind == ErrorKind.Retention && MayBeLeftBehind)
        {
            // The operator lets the node begin anew, with a snapshot; an empty one found none in good time.
            world.Counters.LeftBehind++;
            LossesMet = lost();
            node.Wipe();
            Wiped();
            return;
        }

        if (error.Kind != ErrorKind.Storage && mayEnd?.Invoke(error) != true)
        {
            throw world.Fail($"Nothing explains why the node ended: {error.Kind}: {error.Message}", error);
        }
    }

    public bool IsCaughtUp(Node node) => node.Store is { } store
        && store.Visible.Sequence == history.Last
        && node.Replica?.CurrentState == ReplicaState.WaitingForData
        && (node.Replica.GetStatus().Mode == FollowMode.Fill
            || node.Replica.Positions.Acknowledged.Value.Sequence == store.Durable.Sequence);

    public void CheckAll(Node node)
    {
        // A node that never met the loss has to hold the primary's present history all the same.
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

    /// <summary>
    /// What must be there: everything, or everything but the last frame, if a bit of the log turned over.
    /// </summary>
    private LogPosition LeastAfterRot()
    {
        if (!_logRotted)
        {
            return _promised;
        }

        LogPosition least = _promised;
        foreach (LogPosition end in _synced)
        {
            least = end;
            if (end < _promised)
            {
                break;
            }
        }

        return least < _promised ? least : LogPosition.None;
    }

    private void NoteRecovered(LogPosition durable)
    {
        _logRotted = false;
        if (durable < _promised)
        {
            world.Counters.FramesCut++;
            SetBacks++;
            _promised = _seen = durable;
            _compared = durable < _compared ? durable : _compared;
        }

        while (_synced.TryPeek(out LogPosition end) && end > durable)
        {
            _synced.Pop();
        }

        _synced.Push(durable);
    }

    private void Promise(LogPosition position) => _promised = position > _promised ? position : _promised;
}
