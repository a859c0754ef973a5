using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;

namespace Kevo.Replication.Follow;

/// <content>
/// Listening to a stock primary: live writes come by themselves, everything else by snapshots. While one is needed or
/// under way, live writes are parked in the queue and readers keep seeing the state before it.
/// </content>
public sealed partial class Replica
{
    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(10);

    /// <summary>After a snapshot the next waits this many times as long as it took.</summary>
    private const int SnapshotRest = 4;

    /// <summary>A walk for silence alone is followed by this many times its length of rest.</summary>
    private const int SilenceRest = 19;

    /// <summary>
    /// So long after a live write or an equal walk the primary may have rotated its log and written more; how much is
    /// missing is unknown then.
    /// </summary>
    private static readonly TimeSpan ProofAge = TimeSpan.FromSeconds(30);

    private readonly IPrimaryReader? _reader;
    private readonly SnapshotTask? _snapshots;
    private readonly SequencePoll? _poll;
    private volatile SnapshotReason _snapshotReason;
    private volatile PrimaryCondition _condition;
    private long _snapshotNotBefore;
    private TimeSpan _silence;
    private long _quietSince;
    private long _provenAt;
    private ulong _polledBefore;
    private ulong _heldAtPoll;
    private volatile bool _primaryCounts = true;
    private bool _uncountedSaid;
    private long _behindPrimary = -1;

    /// <summary>What the stream brings waits: applying it now would not continue the primary's history.</summary>
    private bool IsParked => IsJoining || (_plan.Rules.LiveOnly
        && (_snapshots!.IsBusy || _snapshotReason is not (SnapshotReason.None or SnapshotReason.Silence)));

    private void BeginListening()
    {
        if (_snapshots is null || _poll is null)
        {
            throw new ConfigurationException(
                $"The primary at {_connector.Target} is a stock primary. To listen to it this node also needs its "
                + "client "
                + "service, for snapshots, and a store that can take them.");
        }

        _silence = _options.Snapshots.SilenceLimit;
        _quietSince = _time.GetTimestamp();
        _polledBefore = 0;
        _heldAtPoll = 0;
        _primaryCounts = true;
        ReadMark();
        _numbersCompared = _primaryHeld == 0;
        _saidNoNumber = false;
        _awaitsNumber = false;
        _levelOnStream = false;
        _hiddenWrites.BeginStream();
        _poll.Postpone();
        NeedSnapshot(SnapshotReason.StreamOpened);
    }

    /// <summary>Returns when everything is here that the primary sent on the stream before.</summary>
    private async ValueTask FenceAsync(CancellationToken walk)
    {
        IReplicationSession session = _session!;
        _ = await WithinDialTimeoutAsync(
            async limit =>
            {
                do
                {
                    await session.FenceAsync(limit);
                    await Task.Delay(SnapshotTask.SettleStep, _time, limit);
                }
                while (session.IsReceiving);
                return true;
            },
            walk);
    }

    private async ValueTask EndListeningAsync()
    {
        _repair?.Dispose();
        _repair = null;
        _snapshotReason = SnapshotReason.None;
        if (_plan.Rules.LiveOnly)
        {
            WriteMark();
        }

        Interlocked.Exchange(ref _behindPrimary, -1);
        if (_snapshots is not null && _poll is not null)
        {
            await _snapshots.AbandonAsync();
            await _poll.AbandonAsync();
        }
    }

    private void NeedSnapshot(SnapshotReason reason)
    {
        if (_options.Snapshots.Bootstrap == BootstrapRule.Never)
        {
            throw new RetentionException(
                $"The primary at {_connector.Target} can only be continued with a snapshot ({reason}), and "
                + "snapshots are "
                + "switched off. Allow them, or follow a relay beside the primary.");
        }

        if (_snapshotReason is SnapshotReason.None or SnapshotReason.Silence)
        {
            _snapshotReason = reason;
            Interlocked.Exchange(ref _behindPrimary, -1);
            if (reason != SnapshotReason.Silence)
            {
                Log.SnapshotNeeded(_logger, reason, Positions.Durable);
            }
        }
    }

    /// <summary>Another walk would show nothing new before the primary writes.</summary>
    private bool AwaitsNumber => _awaitsNumber && _receiver is not { HasBroughtEntries: true };

    private bool PrimaryNeedsAttention() =>
        _snapshots!.IsDone || _poll!.IsDone || _repair is not null || UntilPrimaryIsDue() <= TimeSpan.Zero;

    private TimeSpan UntilPrimaryIsDue()
    {
        TimeSpan due = _poll!.UntilDue;
        if (_snapshots!.IsBusy)
        {
            return due;
        }

        TimeSpan rest = _time.GetElapsedTime(_time.GetTimestamp(), _snapshotNotBefore);
        if (_snapshotReason != SnapshotReason.None)
        {
            return AwaitsNumber ? due : Min(due, rest);
        }

        return WatchesSilence() ? Min(due, Max(rest, _silence - _time.GetElapsedTime(_quietSince))) : due;
    }

    /// <summary>
    /// After a rotation that is waited out, and with snapshots switched off, silence says nothing new.
    /// </summary>
    private bool WatchesSilence() =>
        _options.Snapshots.Bootstrap != BootstrapRule.Never
        && !(_condition == PrimaryCondition.Rotated && _options.Snapshots.OnRotation == RotationRule.Wait);

    /// <summary>Takes answers of the read service, and asks it for what is due.</summary>
    private async ValueTask TendPrimaryAsync()
    {
        if (_poll!.IsDone)
        {
            await TakePollAsync(_poll);
        }

        if (_snapshots!.IsDone)
        {
            await TakeSnapshotAsync(_snapshots);
        }

        CheckAwaitedNumber();
        if (_poll.UntilDue <= TimeSpan.Zero)
        {
            _poll.Start(_silencer);
        }

        if (_snapshots.IsBusy || _repair is not null)
        {
            return;
        }

        if (_snapshotReason == SnapshotReason.None && WatchesSilence() && _queue.Count == 0
            && _time.GetElapsedTime(_quietSince) >= _silence)
        {
            NeedSnapshot(SnapshotReason.Silence);
        }

        if (_snapshotReason != SnapshotReason.None && !AwaitsNumber && _time.GetTimestamp() >= _snapshotNotBefore)
        {
            _awaitsNumber = false;
            _snapshots.Start(new WalkRequest(
                _batches.HighestLive, _silencer, _options.Snapshots.RepairBytesMax, _replaceContent, _snapshotReason));
        }
    }

    /// <summary>
    /// The primary's answer, or that there is none. More than was sent, twice in a row, is a transaction at the end:
    /// live writes come before the primary counts them as synced.
    /// </summary>
    private async ValueTask TakePollAsync(SequencePoll poll)
    {
        ulong last;
        try
        {
            PrimaryAnswer answer = await poll.TakeAsync();
            if (!answer.ListsSession)
            {
                throw SessionLoss.At(_reader!.Target);
            }

            last = answer.LastSequence;
        }
        catch (Exception error) when (FailureJudge.TryJudge(error, out Failure failure)
            && failure.Decision == FailureDecision.Reconnect && !SessionLoss.IsIt(failure.Error))
        {
            // The stream may go on without the read service; the condition says what is known, and the next poll asks
            // again.
            Interlocked.Exchange(ref _behindPrimary, -1);
            if (poll.Refuses)
            {
                SetCondition(PrimaryCondition.Stopping, "Its stream is closed, so that it can.");
                throw new ConnectionException(
                    $"The primary at {_connector.Target} does not answer and takes no connections any more: it stops, "
                    + "and waits for its replicas to leave.",
                    failure.Error);
            }

            SetCondition(PrimaryCondition.NotAnswering, failure.Error.Message);
            return;
        }

        if (last == 0)
        {
            _saidNoNumber |= !_numbersCompared;
        }
        else
        {
            _awaitsNumber = false;
        }

        if (_condition is not (PrimaryCondition.Rotated or PrimaryCondition.Live or PrimaryCondition.Restarted)
            || (_condition == PrimaryCondition.Restarted && last != 0))
        {
            SetCondition(PrimaryCondition.Live, "");
        }

        ulong held = _batches.StreamPosition;
        if (_snapshotReason == SnapshotReason.None && !_snapshots!.IsBusy && _queue.Count == 0)
        {
            // What was sent before the last question is still not synced: its number says nothing.
            NoteCounting(_primaryCounts && last >= _heldAtPoll);
            TimeSpan proofAge = _primaryCounts ? ProofAge : _options.Snapshots.CheckInterval;
            bool unknown = _condition == PrimaryCondition.Rotated || _time.GetElapsedTime(_provenAt) > proofAge;
            Interlocked.Exchange(ref _behindPrimary, unknown ? -1 : (long)(last - Math.Min(last, held)));
            if (last > held && _polledBefore > held)
            {
                NeedSnapshot(SnapshotReason.TailHole);
            }
        }

        _polledBefore = last;
        _heldAtPoll = held;
        WriteMark();
    }

    /// <summary>Notes whether the primary syncs what it sends, so that its number says what it has.</summary>
    private void NoteCounting(bool counts)
    {
        if (!counts && !_uncountedSaid)
        {
            _uncountedSaid = true;
            Log.PrimaryDoesNotCount(_logger, _connector.Target);
        }

        _primaryCounts = counts;
    }

    private void SetCondition(PrimaryCondition condition, string detail)
    {
        if (_condition != condition)
        {
            _condition = condition;
            if (condition == PrimaryCondition.Live)
            {
                Log.ConditionLive(_logger, _connector.Target);
            }
            else
            {
                Log.ConditionChanged(_logger, _connector.Target, condition, detail);
            }
        }
    }

    /// <summary>A live write was applied: the primary sends, so it has not rotated, and silence begins anew.</summary>
    private void MeetLiveWrites()
    {
        ExcludeRotation();
        _silence = _options.Snapshots.SilenceLimit;
        _quietSince = _provenAt = _time.GetTimestamp();
        Interlocked.Exchange(ref _behindPrimary, 0);
        _primaryHeld = _batches.StreamPosition;
        SetCondition(PrimaryCondition.Live, "");
    }
}
