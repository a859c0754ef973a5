using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Observation;

namespace Kevo.Server.Reporting;

/// <summary>
/// What a status needs to remember between two looks at a replica: when it was last level with the primary, when the
/// primary was heard, the notable state changes, and the last errors. Bounded; thread-safe. Ages are measured by the
/// monotonic clock: whoever sets the time of day hides no silence and makes none.
/// </summary>
internal sealed class FollowerMemory(TimeSpan maxSilence, TimeProvider time)
{
    private const int MaxChanges = 64;
    private const int MaxErrors = 16;

    private readonly Lock _access = new();
    private readonly Queue<StateChange> _changes = new();
    private readonly LinkedList<ErrorReport> _errors = new();
    private readonly long[] _errorsByKind = new long[Enum.GetValues<ErrorKind>().Length];
    private long _corruptions;
    private DateTimeOffset? _snapshotSince;

    // Timestamps of the time provider.
    private long? _level;
    private long? _heard;
    private long? _progress;
    private long _lastError;

    /// <summary>When the primary was last heard, as far as looked.</summary>
    public DateTimeOffset? HeardAt => TimeOf(ref _heard);

    /// <summary>When the durable position last moved.</summary>
    public DateTimeOffset? ProgressAt => TimeOf(ref _progress);

    /// <summary>When the last error happened.</summary>
    public DateTimeOffset? LastErrorAt
    {
        get
        {
            lock (_access)
            {
                return _errors.First?.Value.At;
            }
        }
    }

    /// <summary>
    /// The last error, if nothing was heard of the primary since it happened; null when the replica is past it.
    /// </summary>
    public ErrorReport? Standing()
    {
        lock (_access)
        {
            return _errors.First?.Value is ErrorReport last && !(_lastError < _heard) ? last : null;
        }
    }

    /// <summary>The durable position moved now.</summary>
    public void Progress()
    {
        lock (_access)
        {
            _progress = time.GetTimestamp();
        }
    }

    /// <summary>
    /// How far in time the replica is behind. Level with the primary on a live stream: zero. Otherwise the time since
    /// it was last level, which is a bound also while it is not known what the primary has; null when it never was.
    /// </summary>
    public TimeSpan? Judge(ReplicaStatus status)
    {
        long now = time.GetTimestamp();
        lock (_access)
        {
            if (status.SinceLastMessage is TimeSpan silence)
            {
                _heard = Later(_heard, Before(now, silence));
                if (silence <= maxSilence && status.PrimarySequence is not null && status.Lag == 0)
                {
                    _level = now;
                    return TimeSpan.Zero;
                }
            }

            return _level is { } level ? time.GetElapsedTime(level, now) : null;
        }
    }

    /// <summary>The snapshot that is needed or under way; null when none is.</summary>
    public BootstrapReport? Bootstrap(ReplicaStatus status)
    {
        lock (_access)
        {
            if (status.PendingSnapshot is SnapshotReason.None or SnapshotReason.Silence)
            {
                _snapshotSince = null;
                return null;
            }

            _snapshotSince ??= time.GetUtcNow();
            return new BootstrapReport
            {
                StartedAt = _snapshotSince.Value,
                Reason = ReasonOf(status.PendingSnapshot),
                Keys = status.SnapshotKeys,
                Bytes = status.SnapshotBytes,
                KeysPerSecond = status.SnapshotTime is { TotalSeconds: > 0 } walked && status.SnapshotKeys > 0
                    ? status.SnapshotKeys / walked.TotalSeconds
                    : null,
            };
        }
    }

    /// <summary>
    /// Remembers of a session that failed when the primary was last heard on it, and that the replica was level then.
    /// </summary>
    public void EndSession(ReplicaStatus status)
    {
        if (status.SinceLastMessage is not TimeSpan silence)
        {
            return;
        }

        long heard = Before(time.GetTimestamp(), silence);
        lock (_access)
        {
            _heard = Later(_heard, heard);
            if (status.PrimarySequence is not null && status.Lag == 0)
            {
                _level = Later(_level, heard);
            }
        }
    }

    /// <summary>
    /// Keeps a change worth an operator's look: into or out of an error or a connection attempt. The others come with
    /// every batch.
    /// </summary>
    public void Remember(in StateTransition transition)
    {
        if (!IsNotable(transition.From) && !IsNotable(transition.To))
        {
            return;
        }

        lock (_access)
        {
            if (_changes.Count == MaxChanges)
            {
                _changes.Dequeue();
            }

            _changes.Enqueue(new StateChange(
                transition.At, transition.From.ToName(), transition.To.ToName(), transition.Cause?.Message ?? ""));
        }
    }

    /// <summary>Keeps and counts an error; the same one again only raises its count.</summary>
    public void Remember(KevoException error)
    {
        ErrorReport report = ErrorReport.Of(error, time.GetUtcNow());
        lock (_access)
        {
            _lastError = time.GetTimestamp();
            _errorsByKind[(int)error.Kind]++;
            if (error is StorageException { Fault: StorageFault.Corrupt })
            {
                _corruptions++;
            }

            if (_errors.First?.Value is ErrorReport last && last.Kind == report.Kind && last.Message == report.Message)
            {
                _errors.First.Value = report with { Count = last.Count + 1 };
                return;
            }

            _errors.AddFirst(report);
            if (_errors.Count > MaxErrors)
            {
                _errors.RemoveLast();
            }
        }
    }

    /// <summary>The notable changes, oldest first.</summary>
    public IReadOnlyList<StateChange> GetHistory()
    {
        lock (_access)
        {
            return [.. _changes];
        }
    }

    /// <summary>The last errors, newest first.</summary>
    public IReadOnlyList<ErrorReport> GetErrors()
    {
        lock (_access)
        {
            return [.. _errors];
        }
    }

    /// <summary>The replica's counters with those kept here.</summary>
    public FollowCounters Count(in ReplicationCounters counters)
    {
        lock (_access)
        {
            Dictionary<string, long> byKind = [];
            foreach (ErrorKind kind in Enum.GetValues<ErrorKind>())
            {
                byKind[kind.ToString().ToLowerInvariant()] = _errorsByKind[(int)kind];
            }

            return new FollowCounters
            {
                Entries = counters.Entries,
                Bytes = counters.EntryBytes,
                Batches = counters.Batches,
                Reconnects = Math.Max(0, counters.Sessions - 1),
                Gaps = counters.Gaps,
                Duplicates = counters.Duplicates,
                Divergences = _errorsByKind[(int)ErrorKind.Divergence],
                ChecksumErrors = _corruptions,
                Heartbeats = counters.Heartbeats,
                Acknowledgements = counters.Acknowledgements,
                ErrorsByKind = byKind,
            };
        }
    }

    private static string ReasonOf(SnapshotReason reason) => reason switch
    {
        SnapshotReason.StreamOpened => "what happened before the stream was opened is not known",
        SnapshotReason.Hole => "a transaction is missing, which the primary never sends live",
        SnapshotReason.RelayBeginsLater => "the relay's log no longer has its beginning, and this node holds nothing",
        SnapshotReason.TailHole => "the primary has more than it has sent",
        _ => "nothing came for a while",
    };

    private static bool IsNotable(ReplicaState state) => state is ReplicaState.Error or ReplicaState.Connecting;

    private static long Later(long? one, long other) => one is { } known && known > other ? known : other;

    private long Before(long moment, TimeSpan ago) =>
        moment - (long)(ago.TotalSeconds * time.TimestampFrequency);

    private DateTimeOffset? TimeOf(ref long? moment)
    {
        lock (_access)
        {
            return moment is { } known ? time.GetUtcNow() - time.GetElapsedTime(known) : null;
        }
    }
}
