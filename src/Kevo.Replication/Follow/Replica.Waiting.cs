namespace Kevo.Replication.Follow;

/// <content>WAITING_FOR_DATA: asleep until something arrives, an answer comes, something falls due, or the node
/// stops.</content>
public sealed partial class Replica
{
    private long? _reopenAt;

    private async ValueTask<ReplicaState> WaitAsync(CancellationToken stopping)
    {
        SyncEverything();

        // A nudge may have come together with a reason to wake, so the loop looks around before it sleeps on.
        bool nudged = true;
        while (nudged && !NeedsAttention())
        {
            await SleepAsync(UntilSomethingFallsDue());
            stopping.ThrowIfCancellationRequested();
            nudged = _nudged;
            _nudged = false;
        }

        if (!NeedsAttention())
        {
            return ReplicaState.WaitingForData;
        }

        _reopenAt = null;
        return ReplicaState.StreamingEntries;
    }

    private bool NeedsAttention()
    {
        if (_receiver is null)
        {
            return _reopenAt is not { } at || _time.GetTimestamp() >= at;
        }

        return (_queue.Count > 0 && !IsParked)
            || (_plan.Rules.LiveOnly && PrimaryNeedsAttention())
            || JoinNeedsAttention()
            || _receiver.HasEnded
            || _acknowledgement.IsDone
            || _negativeAcknowledgement.IsDone
            || AcknowledgementMayLeave()
            || UntilSomethingFallsDue() <= TimeSpan.Zero;
    }

    /// <summary>Time until the loop has to act although nothing arrived.</summary>
    private TimeSpan UntilSomethingFallsDue()
    {
        if (_receiver is null)
        {
            return _reopenAt is { } at ? _time.GetElapsedTime(_time.GetTimestamp(), at) : TimeSpan.Zero;
        }

        TimeSpan due = _options.SilenceLimit - _receiver.Silence;
        if (_plan.Rules.LiveOnly)
        {
            due = Min(due, UntilPrimaryIsDue());
        }
        else if (_gapSequence != 0)
        {
            due = Min(due, _options.GapTimeout - _time.GetElapsedTime(_gapAskedAt));
        }

        if (AcknowledgementIsDue() && !_acknowledgement.IsBusy)
        {
            due = Min(due, DelayOfAcknowledgement());
        }

        return due;
    }

    private long ToTimestampTicks(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);
}
