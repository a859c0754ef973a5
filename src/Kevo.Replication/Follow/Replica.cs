using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Observation;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;
using Kevo.Storage;
using Kevo.Wire;
using Microsoft.Extensions.Logging;

namespace Kevo.Replication.Follow;

/// <summary>
/// Follows a primary: receives its entries, applies each once and in order, makes them durable, acknowledges them.
/// Started once and stopped once. The members may be used from any thread; store and connector are used by the loop
/// alone.
/// </summary>
/// <remarks>
/// The loop is one asynchronous method with one <c>switch</c> over <see cref="ReplicaState"/>. It runs wherever the
/// caller of <see cref="Start"/> schedules continuations (the thread pool, or the single thread of a simulation) and
/// starts no thread of its own. Applying and syncing block the thread they run on.
/// </remarks>
public sealed partial class Replica : IAsyncDisposable
{
    // However often a node acknowledges: the way to a primary and back may be longer than the time between two of them.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromSeconds(1);

    private readonly ReplicaOptions _options;
    private readonly IPrimaryConnector _connector;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IReplicationObserver? _observer;
    private readonly IHeldHistory? _history;
    private readonly IKeyValueStore? _content;
    private readonly BatchApplier _batches;
    private readonly ReceiveQueue _queue;
    private readonly Signal _wake = new();
    private readonly Backoff _backoff;
    private readonly CounterBoard _counters = new();
    private readonly PrimaryCall _acknowledgement;
    private readonly PrimaryCall _negativeAcknowledgement;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lifecycle = new();
    private Task? _loop;
    private Task? _stopped;

    /// <summary>
    /// Makes a replica that will continue from what the store holds. Nothing happens before <see cref="Start"/>.
    /// </summary>
    /// <param name="options">The settings.</param>
    /// <param name="connector">How to reach the primary; disposed when the replica stops.</param>
    /// <param name="store">Where entries go; not disposed.</param>
    /// <param name="services">Clock, randomness, log and so on; null for the defaults.</param>
    /// <exception cref="ConfigurationException">Two settings contradict each other.</exception>
    public Replica(
        ReplicaOptions options, IPrimaryConnector connector, IWalApplier store, ReplicaServices? services = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(connector);
        ArgumentNullException.ThrowIfNull(store);
        options.Validate();
        services ??= new ReplicaServices();
        _options = options;
        _connector = connector;
        _time = services.Time;
        _logger = services.Logger;
        _observer = services.Observer;
        _history = services.History;
        _batches = new BatchApplier(
            store, new PayloadDecoderOptions { MaxDecompressedBytes = options.MaxDecompressedBytes });
        _queue = new ReceiveQueue(
            options.ReceiveQueueBytes,
            services.Spill is { } place
                ? new MessageSpill(place, StreamMessagePool.Shared, options.SpillBytesMax) : null);
        _backoff = new Backoff(options, services.Random);
        TimeSpan patience = options.AckInterval > LeastPatience ? options.AckInterval : LeastPatience;
        _acknowledgement = new PrimaryCall("Acknowledgement", false, patience, _time, _wake);
        _negativeAcknowledgement =
            new PrimaryCall("Negative acknowledgement", true, options.ResendTimeout, _time, _wake);
        _reader = services.Reader;
        _content = store as IKeyValueStore;
        if (_reader is not null && store is IRebuildableStore rebuildable)
        {
            _snapshots = new SnapshotTask(
                _reader, rebuildable, _time, _wake, () => _queue.Count > 0, FenceAsync);
            _join = new JoinTask(_reader, rebuildable, _time, _wake);
            _poll = new SequencePoll(_reader, _connector, options.Snapshots.CheckInterval, _time, _wake);
        }

        _mark = services.Mark;
        _random = services.Random;
        _replaceContent = options.Snapshots.Bootstrap == BootstrapRule.Always;
        States = new StateTracker(_time);
        Positions = new ReplicaPositions(_batches.Durable);
        _ticks = new TickClock(_time);
    }

    /// <summary>State, history of states, last error.</summary>
    public StateTracker States { get; }

    /// <summary>How far the node is.</summary>
    public ReplicaPositions Positions { get; }

    /// <summary>The loop's state.</summary>
    public ReplicaState CurrentState => States.Current;

    /// <summary>The last transaction that is applied, durable and visible; 0 before the first.</summary>
    public ulong LastAppliedSequence => Positions.Durable.Value.Sequence;

    /// <summary>
    /// False after <see cref="ReplicaOptions.MaxRetries"/> consecutive failures, until the next success; also false
    /// after an error ended the loop.
    /// </summary>
    public bool IsHealthy => _consecutiveFailures < _options.MaxRetries && _loop is not { IsFaulted: true };

    /// <summary>Whether the primary is known to be a relay, now or when it was reached last.</summary>
    public bool FollowsRelay => _knownRelay;

    /// <summary>Whether an error ended the loop; <see cref="Completion"/> has it.</summary>
    public bool HasFailed => _loop is { IsFaulted: true };

    /// <summary>
    /// Completes when the loop has ended: normally after a stop, with the error that ended it otherwise
    /// (<see cref="StorageException"/>, <see cref="RetentionException"/>, <see cref="DivergenceException"/>, ...).
    /// </summary>
    /// <exception cref="InvalidOperationException">The replica was not started.</exception>
    public Task Completion =>
        _loop ?? throw new InvalidOperationException("The replica was not started.");

    /// <summary>
    /// A number that grows whenever the loop runs: with every turn, and whenever it is woken. A watchdog that sees it
    /// stand still in spite of <see cref="Nudge"/> has found a loop that hangs.
    /// </summary>
    public long Pulse => Volatile.Read(ref _pulse);

    /// <summary>
    /// Wakes the loop if it is waiting, so that <see cref="Pulse"/> moves; it finds nothing to do and waits on. No
    /// state changes.
    /// </summary>
    public void Nudge()
    {
        _nudged = true;
        _wake.Set();
    }

    /// <summary>Starts the loop.</summary>
    /// <exception cref="InvalidOperationException">It was started or stopped before; make a new replica.</exception>
    public void Start()
    {
        lock (_lifecycle)
        {
            if (_stopped is not null)
            {
                throw new InvalidOperationException(
                    "The replica was stopped; a stopped replica cannot be started again.");
            }

            if (_loop is not null)
            {
                throw new InvalidOperationException("The replica was started already.");
            }

            _loop = RunLoopAsync(_stop.Token);
        }
    }

    /// <summary>
    /// Stops: what was applied is synced and, if the primary answers within <see cref="ReplicaOptions.StopTimeout"/>,
    /// acknowledged; then stream, connection, connector and codecs are closed. Every call returns the same task. It
    /// does not throw what ended the loop before; see <see cref="Completion"/>.
    /// </summary>
    public Task StopAsync()
    {
        // Outside the lock, because whoever waits on the token runs here and now.
        _stop.Cancel();
        lock (_lifecycle)
        {
            return _stopped ??= AwaitEndAsync();
        }
    }

    /// <summary>
    /// Starts the loop and completes when it has ended. Cancellation is a clean stop, not an error.
    /// </summary>
    /// <exception cref="KevoException">What ended the loop.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Start();
        await using CancellationTokenRegistration stop = cancellationToken.Register(() => _ = StopAsync());
        try
        {
            await Completion;
        }
        finally
        {
            await StopAsync();
        }
    }

    /// <summary>The counters at this moment.</summary>
    public ReplicationCounters ReadCounters() => _counters.Read();

    /// <summary>All that is known about the replica at this moment.</summary>
    public ReplicaStatus GetStatus()
    {
        SessionView? session = _view;
        bool joins = _joining;
        (long Keys, long Bytes)? walked = joins ? _join!.Progress : _snapshots?.Progress;
        return new ReplicaStatus
        {
            State = States.Current,
            TimeInState = States.TimeInState,
            IsRunning = _loop is { IsCompleted: false },
            IsHealthy = IsHealthy,
            ConsecutiveFailures = _consecutiveFailures,
            LastError = States.LastError,
            LastErrorAt = States.LastErrorAt,
            Positions = Positions.Read(),
            Counters = _counters.Read(),
            Target = _connector.Target,
            Mode = session?.Plan.Mode,
            SessionId = session?.Headers.SessionId,
            RelayNodeId = session?.Headers.Relay?.NodeId,
            UpstreamPath = session?.Headers.Relay?.Path ?? [],
            SinceLastMessage = session?.Receiver.Silence,
            PrimarySequence = PrimarySequence(session),
            QueuedBytes = _queue.QueuedBytes,
            Condition = _condition,
            PendingSnapshot = joins ? SnapshotReason.RelayBeginsLater : _snapshotReason,
            SnapshotKeys = walked?.Keys ?? 0,
            SnapshotTime = joins ? _join!.Walked : _snapshots?.Walked,
            SnapshotBytes = walked?.Bytes ?? 0,
        };
    }

    /// <summary>Stops the replica.</summary>
    public async ValueTask DisposeAsync() => await StopAsync();

    private ulong? PrimarySequence(SessionView? session)
    {
        if (session is null || _joining)
        {
            return null;
        }

        if (session.Plan.Rules.LiveOnly)
        {
            long behind = Interlocked.Read(ref _behindPrimary);
            return behind < 0 ? null : Positions.Durable.Value.Sequence + (ulong)behind;
        }

        ulong seen = Positions.Received.Value.Sequence;
        ulong announced = session.Headers.Relay?.LastSequence ?? 0;
        ulong last = Math.Max(seen, announced);
        return last == 0 && session.Headers.Relay is null ? null : last;
    }

    private async Task AwaitEndAsync()
    {
        if (_loop is { } loop)
        {
            await loop.ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }
        else
        {
            if (_reader is not null)
            {
                await _reader.DisposeAsync();
            }

            await _connector.DisposeAsync();
            _batches.Dispose();
        }
    }
}
