using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Replication.Session;

namespace Kevo.Replication.Follow;

/// <content>
/// ACKNOWLEDGING: tells the primary what is durable, and nothing else. One acknowledgement is under way at most; the
/// next batch is applied meanwhile.
/// </content>
public sealed partial class Replica
{
    // While more is at hand. A call costs as much as some hundred entries, and only what is kept at the other side
    // waits for it.
    private static readonly TimeSpan AcknowledgementSpacing = TimeSpan.FromMilliseconds(50);

    private LogPosition _acknowledging;
    private long? _acknowledgementSent;

    private async ValueTask<ReplicaState> AcknowledgeAsync()
    {
        await TakeAnswersAsync();
        if (AcknowledgementMayLeave())
        {
            SendAcknowledgement();
        }

        return MoreIsAtHand ? ReplicaState.StreamingEntries : ReplicaState.WaitingForData;
    }

    /// <summary>Whether something durable is unacknowledged on this session.</summary>
    private bool AcknowledgementIsDue() =>
        _session is not null && !_batches.AwaitsOverlap
            && (_plan.Acknowledge != AcknowledgeRule.Never || PlantedBugs.Has(PlantedBug.StockAcknowledgedPerBatch))
            && _batches.Durable.Sequence > _batches.LastAcknowledged;

    private bool AcknowledgementMayLeave() =>
        AcknowledgementIsDue() && !_acknowledgement.IsBusy && DelayOfAcknowledgement() == TimeSpan.Zero;

    private TimeSpan DelayOfAcknowledgement()
    {
        if (_plan.Acknowledge == AcknowledgeRule.BetweenTicks)
        {
            return _ticks.DelayUntilQuiet();
        }

        return MoreIsAtHand && !IsParked && _acknowledgementSent is { } sent
            ? Max(AcknowledgementSpacing - _time.GetElapsedTime(sent), TimeSpan.Zero)
            : TimeSpan.Zero;
    }

    /// <summary>The one place from which an acknowledgement of data leaves.</summary>
    private void SendAcknowledgement()
    {
        _acknowledgementSent = _time.GetTimestamp();
        _acknowledging = Positions.PermitAcknowledgement(_batches.Durable);
        _acknowledgement.Start(_session!, _acknowledging.Sequence);
    }

    /// <summary>Takes the answers of calls that are done.</summary>
    private async ValueTask TakeAnswersAsync()
    {
        await TakeAcknowledgementAsync();
        if (!_negativeAcknowledgement.IsDone)
        {
            return;
        }

        ulong sequence = _negativeAcknowledgement.Sequence;
        CallReply reply = await _negativeAcknowledgement.TakeAsync();
        if (!reply.Success && !MeetNothingThere(reply))
        {
            throw FailureJudge.FromRefusal(_negativeAcknowledgement.Name, sequence, reply.Message);
        }

        AskForRestIfDue();
    }

    private async ValueTask TakeAcknowledgementAsync()
    {
        if (_acknowledgement.IsDone)
        {
            MeetAcknowledged(await _acknowledgement.TakeAsync());
        }
    }

    /// <summary>
    /// Whether a question for whatever there may be was answered with "nothing", which is how catching up ends. What is
    /// held already must be there, though.
    /// </summary>
    private bool MeetNothingThere(CallReply reply)
    {
        if (!_plan.AsksForAll || _gapSequence != 0
            || !reply.Message.Contains("no entries found", StringComparison.Ordinal))
        {
            return false;
        }

        _batches.MeetHeartbeat();
        return true;
    }

    private void MeetAcknowledged(CallReply reply)
    {
        if (!reply.Success)
        {
            throw FailureJudge.FromRefusal(_acknowledgement.Name, _acknowledgement.Sequence, reply.Message);
        }

        _batches.MarkAcknowledged(_acknowledging.Sequence);
        Positions.Acknowledge(_acknowledging);
        _counters.CountAcknowledgement();
        _observer?.Acknowledged(
            new AcknowledgedPosition(_acknowledging), _time.GetElapsedTime(_acknowledgement.StartedAt));
    }
}
