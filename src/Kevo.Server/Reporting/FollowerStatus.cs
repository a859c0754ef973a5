using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Observation;
using Kevo.Server.Metrics;

namespace Kevo.Server.Reporting;

/// <summary>
/// The status of a replica of Kevo.Replication. Give it to the replica as its observer, then give it the replica; until
/// then it reports a node that is connecting. It also feeds durations into the metrics and marks trace events.
/// </summary>
public sealed class FollowerStatus : IReplicaStatus, IReplicationObserver
{
    /// <summary>A figure asked for on every read may be this old.</summary>
    private static readonly TimeSpan StalenessAge = TimeSpan.FromMilliseconds(50);

    private static readonly string[] StateNames =
        [StartStatus.Recovering, .. Enum.GetValues<ReplicaState>().Select(state => state.ToName())];

    private readonly ReplicaMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly FollowerMemory _memory;
    private readonly Lock _judging = new();
    private readonly DateTimeOffset _createdAt;
    private Replica? _replica;
    private TimeSpan? _staleness;
    private long _judgedAt;
    private bool _judged;

    /// <param name="metrics">Where durations go.</param>
    /// <param name="maxSilence">
    /// A stream on which nothing came for this long no longer counts as proof that nothing was written.
    /// </param>
    /// <param name="time">The clock.</param>
    public FollowerStatus(ReplicaMetrics metrics, TimeSpan maxSilence, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(time);
        _metrics = metrics;
        _time = time;
        _createdAt = time.GetUtcNow();
        _memory = new FollowerMemory(maxSilence, time);
    }

    /// <summary>What there is to say while the directory is being opened; null when it is open already.</summary>
    public StartStatus? Start { get; init; }

    /// <summary>Whom the replica will follow, as long as there is none.</summary>
    public string PrimaryAddress { get; init; } = "";

    /// <summary>The store's final failure, if there is one; asked for with every report.</summary>
    public Func<KevoException?> StoreFailure { get; init; } = static () => null;

    /// <summary>
    /// Trouble of the store's background work that does not stop it yet; asked for with every report.
    /// </summary>
    public Func<KevoException?> StoreTrouble { get; init; } = static () => null;

    /// <inheritdoc/>
    public TimeSpan? Staleness
    {
        get
        {
            lock (_judging)
            {
                long now = _time.GetTimestamp();
                if (!_judged || _time.GetElapsedTime(_judgedAt, now) > StalenessAge)
                {
                    _staleness = _replica is Replica replica ? _memory.Judge(replica.GetStatus()) : null;
                    _judgedAt = now;
                    _judged = true;
                }

                return _staleness;
            }
        }
    }

    /// <summary>Says whose status this is. Once, before the replica starts.</summary>
    public void Attach(Replica replica) => _replica = replica;

    /// <inheritdoc/>
    public ReplicaReport GetReport()
    {
        if (_replica is not Replica replica)
        {
            ErrorReport? failure = Start?.Failure ?? Fatal(replica: null);
            return new ReplicaReport
            {
                State = Start?.State ?? ReplicaState.Connecting.ToName(),
                StateSince = failure?.At ?? _createdAt,
                AllStates = StateNames,
                PrimaryAddress = PrimaryAddress,
                IsOpen = Start is null or { State: null },
                Recovery = Start?.Work,
                RecentErrors = failure is null ? [] : [failure],
                Counters = FollowCounters.AfterFailedStart(failure),
                Fatal = failure,
                Trouble = failure,
            };
        }

        ReplicaStatus status = replica.GetStatus();
        TimeSpan? lag = _memory.Judge(status);
        DateTimeOffset now = _time.GetUtcNow();
        ErrorReport? fatal = Fatal(replica);
        return new ReplicaReport
        {
            State = status.State.ToName(),
            StateSince = now - status.TimeInState,
            StateHistory = _memory.GetHistory(),
            AllStates = StateNames,
            Positions = new PositionReport
            {
                Received = status.Positions.Received.Value,
                Appended = status.Positions.Appended.Value,
                Durable = status.Positions.Durable.Value,
                Acknowledged = status.Positions.Acknowledged.Value,
                PrimaryLast = status.PrimarySequence,
            },
            Lag = new LagReport
            {
                Entries = status.Lag, Bytes = status.Lag is null ? null : status.QueuedBytes, Time = lag,
            },
            PrimaryAddress = status.Target,
            FollowMode = ModeOf(status),
            PrimaryHeardAt = _memory.HeardAt,
            ProgressAt = _memory.ProgressAt,
            Counters = _memory.Count(status.Counters),
            Bootstrap = _memory.Bootstrap(status),
            PrimaryCondition = ConditionOf(status.Condition),
            RecentErrors = RecentErrors(now),
            Fatal = fatal,
            Trouble = fatal ?? _memory.Standing(),
        };
    }

    /// <inheritdoc/>
    public void StateChanged(in StateTransition transition)
    {
        _memory.Remember(transition);
        ReplicaEventSource events = ReplicaEventSource.Log;
        if (events.IsEnabled())
        {
            events.StateChanged(transition.From.ToName(), transition.To.ToName());
        }
    }

    /// <inheritdoc/>
    public void BatchSynced(in BatchFigures figures)
    {
        _metrics.RecordApply(figures.ApplyTime);
        _metrics.RecordSync(figures.SyncTime);
        ReplicaEventSource events = ReplicaEventSource.Log;
        if (events.IsEnabled())
        {
            long sequence = (long)figures.Durable.Sequence;
            events.BatchApplied(sequence, figures.Entries, (long)figures.ApplyTime.TotalMicroseconds);
            events.LogSynced(sequence, (long)figures.SyncTime.TotalMicroseconds);
        }

        _memory.Progress();
        if (_replica is Replica replica)
        {
            _memory.Judge(replica.GetStatus());
        }
    }

    /// <inheritdoc/>
    public void Failed(in Failure failure)
    {
        // The session that failed can still be looked at here; it is gone by the next report.
        if (_replica is Replica replica)
        {
            _memory.EndSession(replica.GetStatus());
        }

        _memory.Remember(failure.Error);
    }

    private static string ConditionOf(PrimaryCondition condition) => condition switch
    {
        PrimaryCondition.Live => PrimaryConditions.Live,
        PrimaryCondition.Rotated => PrimaryConditions.Rotated,
        PrimaryCondition.NotAnswering => PrimaryConditions.NotAnswering,
        PrimaryCondition.Stopping => PrimaryConditions.Stopping,
        PrimaryCondition.Restarted => PrimaryConditions.Restarted,
        PrimaryCondition.TooFar => PrimaryConditions.TooFar,
        PrimaryCondition.Unreachable => PrimaryConditions.Unreachable,
        _ => PrimaryConditions.Unknown,
    };

    private static string ModeOf(ReplicaStatus status) => status switch
    {
        { Mode: null } => "",
        { RelayNodeId: string relay } => $"relay {relay}",
        _ => $"stock, {status.Mode.Value.ToString().ToLowerInvariant()}",
    };

    private IReadOnlyList<ErrorReport> RecentErrors(DateTimeOffset now)
    {
        IReadOnlyList<ErrorReport> remembered = _memory.GetErrors();
        return StoreTrouble() is KevoException trouble
            ? [ErrorReport.Of(trouble, now), .. remembered]
            : remembered;
    }

    /// <summary>What ended the data path: the store's failure, or whatever ended the loop.</summary>
    private ErrorReport? Fatal(Replica? replica)
    {
        if (StoreFailure() is KevoException failure)
        {
            return ErrorReport.Of(failure, _time.GetUtcNow());
        }

        if (replica is null || !replica.HasFailed)
        {
            return null;
        }

        return replica.Completion.Exception!.InnerException is KevoException ended
            ? ErrorReport.Of(ended, _memory.LastErrorAt ?? _time.GetUtcNow())
            : new ErrorReport(
                _time.GetUtcNow(), "internal", replica.Completion.Exception.InnerException!.Message);
    }
}
