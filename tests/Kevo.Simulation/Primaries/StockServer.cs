using Grpc.Core;
using Kevo.Core;
using Kevo.Relay.Stock;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Session;
using Kevo.Simulation.Engine;
using Kevo.Simulation.Network;
using Kevo.Simulation.Oracles;
using Kevo.Testing;
using Kevo.Wire.Contracts.Replication;
using Rows = System.Collections.Immutable.ImmutableSortedDictionary<byte[], byte[]>;

namespace Kevo.Simulation.Primaries;

/// <summary>The simulated stock primary, its clients and its operator, behind the simulated network.</summary>
internal sealed class StockServer : IServer
{
    private readonly World _world;
    private readonly Workload _workload;
    private readonly bool _mayFreeze;
    private readonly bool _mayDisagree;
    private readonly Process _operator;
    private readonly List<StockWire> _wires = [];
    private readonly HashSet<Connection> _scanning = [];
    private readonly Queue<Change[]> _waiting = new();
    private Rows _logged = Rows.Empty.WithComparers(ByteOrder.Instance);
    private TimedAction? _due;
    private long? _stalledSince;

    public StockServer(World world, Workload workload, StockPrimaryOptions options, bool mayFreeze)
    {
        options = options with { Quirks = options.Quirks & ~world.QuirksOff };
        _world = world;
        _workload = workload;
        _mayFreeze = mayFreeze;
        _mayDisagree = (options.Quirks & StockQuirks.BatchVersionsOverlap) != 0;
        _operator = new Process(world.Scheduler, "operator");
        Model = new StockPrimaryModel(options, _operator.Clock);
        Model.Froze += MeetFreeze;
    }

    /// <summary>
    /// Whether a transaction waits for the end of every walk, as the real one makes it wait. Off, walks meet
    /// transactions, which a node that goes by the primary's count has to notice.
    /// </summary>
    public bool ScansHoldTransactions { get; init; }

    /// <summary>Its state and rules.</summary>
    public StockPrimaryModel Model { get; }

    /// <summary>What it committed, by number; cut where it lost its tail.</summary>
    public PrimaryHistory History { get; } = new();

    /// <summary>Every content it ever had.</summary>
    public Timeline Timeline { get; } = new();

    /// <summary>When it was last rotated, or known to be; -1 for never.</summary>
    public long RotatedAt { get; private set; } = -1;

    /// <summary>Crashes in which it lost something.</summary>
    public int TailsLost { get; private set; }

    public Process? Process { get; private set; }

    /// <summary>Starts it, or starts it again.</summary>
    public void Boot(StockRestart? how = null)
    {
        if (Process is { IsAlive: true })
        {
            return;
        }

        Process = new Process(_world.Scheduler, "stock");
        if (how is not null)
        {
            Model.Restart(how);
            Cut();
            _logged = _logged.Clear().AddRange(Shown() ?? []);
        }

        _world.Tell("stock", $"serves; its next number is {Model.NextSequence}");
        NoteContent();
        Arm();
    }

    /// <summary>It stops at once, and comes up later.</summary>
    public void Crash(int lostEntries)
    {
        if (Process is not { IsAlive: true })
        {
            return;
        }

        NoteRotation();
        _world.Faults.Crashes++;
        _world.Tell("stock", $"crashes at {Model.NextSequence - 1} and loses {lostEntries} entries");
        TailsLost += lostEntries > 0 ? 1 : 0;
        _world.Faults.TailsLost += lostEntries > 0 ? 1 : 0;
        _due?.Cancel();
        _wires.Clear();
        _scanning.Clear();
        _waiting.Clear();
        Process.Kill();
        TimeSpan down = _world.Milliseconds(50, 5_000);
        _world.Scheduler.At(
            _operator,
            _world.Scheduler.Now + down.Ticks,
            () => Boot(new StockRestart { LostEntries = lostEntries }));
    }

    /// <summary>It is told to stop, which it does when its streams are gone or its operator loses patience.</summary>
    public void StopGracefully()
    {
        if (Process is not { IsAlive: true })
        {
            return;
        }

        _world.Tell("stock", "is told to stop");
        Process.Run(Model.BeginGracefulStop);
        TimeSpan patience = _world.Milliseconds(500, 20_000);
        _world.Scheduler.At(_operator, _world.Scheduler.Now + patience.Ticks, () => Crash(0));
    }

    /// <summary>Its memtable is flushed and its log rotated; replication has ended until it is started again.</summary>
    public void Rotate()
    {
        if (Process is { IsAlive: true } && !Model.IsFrozen)
        {
            _world.Tell("stock", "rotates its log");
            Process.Run(Model.Rotate);
            NoteRotation();
            NoteContent();
        }
    }

    /// <summary>Once rotated, its memtable is flushed another time; nothing else makes its scans stale.</summary>
    public void FlushAgain()
    {
        if (Model.IsRotated)
        {
            Rotate();
        }
    }

    /// <summary>A client writes something; it waits, and gives up, when the primary does not answer.</summary>
    public void Write()
    {
        if (Process is { IsAlive: true } process)
        {
            Change[] changes = _workload.Next();
            process.Run(() => WriteSome(changes, changes is [_] && _world.Chance(0.8)));
        }
    }

    /// <summary>A client writes this: one key by itself, or all of it as a transaction.</summary>
    public void Write(Change[] changes, bool alone)
    {
        if (Process is { IsAlive: true } process)
        {
            process.Run(() => WriteSome(changes, alone));
        }
    }

    /// <summary>A client writes one key.</summary>
    public void WriteSingle()
    {
        if (Process is { IsAlive: true } process)
        {
            Change[] changes = _workload.Next(1);
            process.Run(() => WriteSome(changes, _world.Chance(0.8)));
        }
    }

    public void OpenStream(SessionRequest request, ServerStream stream)
    {
        var wire = new StockWire(_world, stream);
        StockSession? session;
        try
        {
            session = Model.OpenStream(
                new WALStreamRequest
                {
                    StartSequence = request.StartSequence,
                    ProtocolVersion = request.ProtocolVersion,
                    CompressionSupported = request.CompressionSupported,
                    PreferredCodec = request.PreferredCodec,
                    ListenerAddress = request.ListenerAddress,
                },
                wire);
        }
        catch (RpcException refused)
        {
            stream.End(refused);
            return;
        }

        if (session is not null)
        {
            wire.Begin(session.Id);
            _wires.Add(wire);
            stream.Left.Register(() =>
            {
                Model.CloseStream(session);
                _wires.Remove(wire);
                Arm();
            });
        }

        Arm();
    }

    public CallReply? Acknowledge(string? session, ulong sequence) => Answer(Model.Acknowledge(session, sequence));

    public CallReply? NegativeAcknowledge(string? session, ulong sequence) =>
        Answer(Model.NegativeAcknowledge(session, sequence));

    public bool IsRelay => false;

    public PrimaryAnswer? Ask(ulong acknowledged) =>
        !Model.IsStalled && Model.GetNodeInfo() is { } info
            ? new PrimaryAnswer(
                info.LastSequence, info.Replicas.Any(session => session.LastSequence == acknowledged))
            : null;

    public IReadOnlyList<KeyValuePair<byte[], byte[]>>? ScanAfter(Connection connection, byte[] after)
    {
        if (Model.Scan([], [], [], [], 0) is not { } all)
        {
            return null;
        }

        if (_scanning.Add(connection))
        {
            connection.OnServerBreak(() => EndScan(connection));
        }

        int most = _world.Random.Next(1, 40);
        KeyValuePair<byte[], byte[]>[] rows =
            [.. all.Where(row => row.Key.AsSpan().SequenceCompareTo(after) > 0).Take(most)];
        if (rows.Length == 0)
        {
            EndScan(connection);
        }

        return rows;
    }

    private void EndScan(Connection connection)
    {
        _scanning.Remove(connection);
        while (_scanning.Count == 0 && _waiting.TryDequeue(out Change[]? changes))
        {
            WriteSome(changes, alone: false);
        }
    }

    private CallReply? Answer(StockReply? reply)
    {
        Arm();
        return reply is null ? null : new CallReply(reply.Success, reply.Message);
    }

    private void WriteSome(Change[] changes, bool alone)
    {
        if (Model.IsStalled)
        {
            MeetStall();
            return;
        }

        _stalledSince = null;
        if (!alone && ScansHoldTransactions && _scanning.Count > 0)
        {
            _waiting.Enqueue(changes);
            return;
        }

        if (Commit(changes, alone) is { } number)
        {
            _world.Note("stock", "writes", (long)number);
            _world.Counters.Transactions++;
            if (!Model.IsRotated && History.Last + 1 == number)
            {
                History.Commit(changes);
            }

            foreach (Change change in changes)
            {
                _logged = change.Operation == Operation.Delete
                    ? _logged.Remove(change.Key)
                    : _logged.SetItem(change.Key, change.Value);
            }

            NoteContent();
        }

        NoteRotation();
        Arm();
    }

    // Null when the call hangs, and when stock refuses a transaction because of a value that is too large for one.
    private ulong? Commit(Change[] changes, bool alone)
    {
        try
        {
            return alone
                ? WriteOne(changes[0])
                : Model.Commit([.. changes.Select(static change => new StockOperation(
                    change.Operation, change.Key, change.Value))]);
        }
        catch (RpcException refused) when (refused.StatusCode == StatusCode.Unknown)
        {
            _world.Note("stock", "refuses", changes.Length);
            return null;
        }
    }

    private ulong? WriteOne(Change change) => change.Operation == Operation.Delete
        ? Model.Delete(change.Key)
        : Model.Put(change.Key, change.Value);

    private void NoteContent()
    {
        if (Shown() is { } rows)
        {
            Timeline.Add(rows, Model.IsRotated || !_mayDisagree ? null : _logged);
        }
    }

    private IReadOnlyList<KeyValuePair<byte[], byte[]>>? Shown() => Model.Scan([], [], [], [], 0);

    private void NoteRotation()
    {
        if (Model.IsRotated)
        {
            RotatedAt = _world.Scheduler.Now;
        }
    }

    private void Cut()
    {
        ulong last = Model.NextSequence - 1;
        if (last < History.Last)
        {
            History.CutAfter(last);
        }

        // Stock does not mark the end of a batch: one that a crash cut is from now on what is left of it.
        StockEntry[] left = [.. Model.ReadLog().Where(entry => entry.Sequence == last)];
        if (last > 0 && last == History.Last && left.Length > 0 && left.Length < History[last].Length)
        {
            Change[] kept = History[last][..left.Length];
            History.CutAfter(last - 1);
            History.Commit(kept);
        }
    }

    /// <summary>Back-pressure onto a stock primary stops its clients; only a network may do that.</summary>
    private void MeetStall()
    {
        long now = _world.Scheduler.Now;
        _stalledSince ??= now;
        if (_wires.Exists(static wire => !wire.IsCarried))
        {
            _stalledSince = now;
        }
        else if (now - _stalledSince > TimeSpan.FromSeconds(4).Ticks && !_mayFreeze)
        {
            throw _world.Fail("The primary's clients wait for 4 s because its stream is not read.");
        }
    }

    private void MeetFreeze(StockFreezeCycles cycle)
    {
        _world.Tell("stock", $"freezes: {cycle}");

        // Between a stream's headers and its acknowledgement a network that breaks, or loses a packet, can leave the
        // ticker running; that is nobody's choice.
        bool byNetwork = cycle != StockFreezeCycles.ReaderMeetsWriter
            && _wires.Exists(static wire => wire.IsDisturbed);
        if (!_mayFreeze && !byNetwork)
        {
            throw _world.Fail($"The node froze the primary ({cycle}) in a mode that must never do that.");
        }

        _world.Scheduler.At(
            _operator, _world.Scheduler.Now + _world.Milliseconds(1_000, 30_000).Ticks, () => Crash(0));
    }

    private void Arm()
    {
        _due?.Cancel();
        _due = null;
        if (Process is { IsAlive: true } process && Model.NextDue is { } due)
        {
            long ticks = (due - _operator.Clock.GetUtcNow()).Ticks;
            _due = _world.Scheduler.At(process, _world.Scheduler.Now + Math.Max(ticks, 0), () =>
            {
                Model.RunDue();
                Arm();
            });
        }
    }
}
