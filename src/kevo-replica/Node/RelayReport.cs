using Kevo.Core;
using Kevo.Relay.Sidecar;
using Kevo.Server.Reporting;

namespace Kevo.Replica.Node;

/// <summary>
/// What a relay says about itself: it follows nobody over the wire, so there are no streams and no acknowledgements to
/// report, but what it holds, and for a sidecar how far it is behind the files of stock Kevo. Thread-safe.
/// </summary>
internal sealed class RelayReport : IReplicaStatus
{
    private const string Serving = "SERVING";
    private const string Copying = "COPYING";

    private readonly StartStatus _start;
    private readonly TimeProvider _time;
    private readonly string _stockDirectory;
    private readonly Lock _access = new();
    private RelaySource? _source;
    private DateTimeOffset _servesSince;
    private DateTimeOffset? _failedAt;
    private DateTimeOffset? _levelAt;
    private DateTimeOffset? _progressAt;
    private LogPosition _seen;

    /// <param name="start">What is said until the directory is open.</param>
    /// <param name="stockDirectory">The directory that a sidecar copies; empty for a relay that is none.</param>
    /// <param name="time">The clock.</param>
    public RelayReport(StartStatus start, string stockDirectory, TimeProvider time)
    {
        _start = start;
        _stockDirectory = stockDirectory;
        _time = time;
    }

    /// <inheritdoc/>
    public TimeSpan? Staleness => GetReport().Lag.Time;

    private string WorkState => _stockDirectory.Length > 0 ? Copying : Serving;

    /// <summary>The directory is open and served from now on.</summary>
    public void Attach(RelaySource source)
    {
        lock (_access)
        {
            _source = source;
            _servesSince = _time.GetUtcNow();
            _seen = source.Log.Durable;
        }
    }

    /// <summary>What a sidecar has copied.</summary>
    public SidecarActivity Describe(StockSidecar sidecar)
    {
        SidecarStatus status = sidecar.Status;
        return new SidecarActivity
        {
            Directory = _stockDirectory,
            File = status.File,
            Offset = status.Offset,
            BytesBehind = status.BytesBehind,
            DamagedRanges = status.DamagedRanges,
            TornTransactions = status.TornTransactions,
            SkippedEntries = status.SkippedEntries,
            SetAside = status.SetAside,
            LateParts = status.LateParts,
        };
    }

    /// <inheritdoc/>
    public ReplicaReport GetReport()
    {
        lock (_access)
        {
            Server.Reporting.ErrorReport? failure = _start.Failure ?? Ended();
            DateTimeOffset now = _time.GetUtcNow();
            LogPosition durable = _source?.Log.Durable ?? LogPosition.None;
            if (durable != _seen)
            {
                _seen = durable;
                _progressAt = now;
            }

            return new ReplicaReport
            {
                Role = _stockDirectory.Length > 0 ? NodeRoles.Sidecar : NodeRoles.Relay,
                State = failure is not null ? StartStatus.Failing : _start.State ?? WorkState,
                StateSince = failure?.At ?? (_source is null ? _start.StartedAt : _servesSince),
                AllStates = [StartStatus.Recovering, WorkState, StartStatus.Failing],
                Positions = new PositionReport
                {
                    Received = durable,
                    Appended = durable,
                    Durable = durable,
                    Acknowledged = durable,
                },
                Lag = LagAt(now),
                PrimaryAddress = _stockDirectory,
                FollowMode = _stockDirectory.Length > 0 ? "stock, files" : "",
                ProgressAt = _progressAt,
                Counters = FollowCounters.AfterFailedStart(failure) with
                {
                    Entries = _source?.Sidecar?.Status.Entries ?? 0,
                },
                IsOpen = _start.State is null,
                Recovery = _start.Work,
                RecentErrors = failure is null ? [] : [failure],
                Fatal = failure,
                Trouble = failure,
            };
        }
    }

    // A sidecar that has copied all it has seen is level with the files; otherwise the time since it last was.
    private LagReport LagAt(DateTimeOffset now)
    {
        if (_source?.Sidecar is not { } sidecar)
        {
            return new LagReport();
        }

        long behind = sidecar.Status.BytesBehind;
        if (behind == 0)
        {
            _levelAt = now;
        }

        return new LagReport { Bytes = behind, Time = now - (_levelAt ?? _servesSince) };
    }

    private Server.Reporting.ErrorReport? Ended()
    {
        if (_source?.Ended.Exception?.InnerException is not { } error)
        {
            return null;
        }

        _failedAt ??= _time.GetUtcNow();
        return error is KevoException failure
            ? Server.Reporting.ErrorReport.Of(failure, _failedAt.Value)
            : new Server.Reporting.ErrorReport(_failedAt.Value, "internal", error.Message);
    }
}
