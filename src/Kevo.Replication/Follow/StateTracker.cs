using Kevo.Core;

namespace Kevo.Replication.Follow;

/// <summary>
/// Where the replica's loop stands and how it got there. Only the loop changes it; every public member may be read from
/// any thread. Its memory is fixed: the history keeps the last <see cref="HistoryCapacity"/> changes.
/// </summary>
public sealed class StateTracker
{
    /// <summary>
    /// How many changes the history keeps; about the last dozen batches, or the last dozen failed attempts.
    /// </summary>
    public const int HistoryCapacity = 64;

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly StateTransition[] _history = new StateTransition[HistoryCapacity];
    private ReplicaState _current;
    private long _enteredAt;
    private long _changeCount;
    private KevoException? _lastError;
    private DateTimeOffset? _lastErrorAt;

    /// <summary>Starts in <see cref="ReplicaState.Connecting"/>.</summary>
    public StateTracker(TimeProvider time)
    {
        _time = time;
        _enteredAt = time.GetTimestamp();
    }

    /// <summary>
    /// Raised after each change, on the loop's thread and outside any lock; a handler must not block.
    /// </summary>
    public event Action<StateTransition>? Changed;

    /// <summary>The current state.</summary>
    public ReplicaState Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    /// <summary>How long the current state has lasted.</summary>
    public TimeSpan TimeInState
    {
        get
        {
            lock (_lock)
            {
                return _time.GetElapsedTime(_enteredAt);
            }
        }
    }

    /// <summary>Changes since the start, including those the history has forgotten.</summary>
    public long ChangeCount
    {
        get
        {
            lock (_lock)
            {
                return _changeCount;
            }
        }
    }

    /// <summary>
    /// The last error that led to <see cref="ReplicaState.Error"/>; stays after recovery. Null if there was none.
    /// </summary>
    public KevoException? LastError
    {
        get
        {
            lock (_lock)
            {
                return _lastError;
            }
        }
    }

    /// <summary>When <see cref="LastError"/> happened, UTC; null if there was none.</summary>
    public DateTimeOffset? LastErrorAt
    {
        get
        {
            lock (_lock)
            {
                return _lastErrorAt;
            }
        }
    }

    /// <summary>The last change; the default value before the first.</summary>
    public StateTransition Latest
    {
        get
        {
            lock (_lock)
            {
                return _changeCount == 0 ? default : _history[(int)((_changeCount - 1) % HistoryCapacity)];
            }
        }
    }

    /// <summary>The latest changes, oldest first, at most <see cref="HistoryCapacity"/>; a copy.</summary>
    public StateTransition[] GetHistory()
    {
        lock (_lock)
        {
            int kept = (int)Math.Min(_changeCount, HistoryCapacity);
            var copy = new StateTransition[kept];
            for (int i = 0; i < kept; i++)
            {
                copy[i] = _history[(int)((_changeCount - kept + i) % HistoryCapacity)];
            }

            return copy;
        }
    }

    /// <summary>The one place where the state is assigned. Called by the loop only.</summary>
    /// <exception cref="IllegalTransitionException">The table forbids it; the state stays as it was.</exception>
    internal void MoveTo(ReplicaState next, KevoException? cause = null)
    {
        StateTransition transition;
        lock (_lock)
        {
            TransitionTable.EnsureLegal(_current, next);
            long now = _time.GetTimestamp();
            transition = new StateTransition(
                _current, next, _time.GetUtcNow(), _time.GetElapsedTime(_enteredAt, now), cause);
            _history[(int)(_changeCount % HistoryCapacity)] = transition;
            _changeCount++;
            _current = next;
            _enteredAt = now;
            if (cause is not null)
            {
                _lastError = cause;
                _lastErrorAt = transition.At;
            }
        }

        Changed?.Invoke(transition);
    }
}
