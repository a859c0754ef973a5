using Kevo.Replication.Follow;

namespace Kevo.Replica.Supervision;

/// <summary>
/// Judges whether the replica's loop makes progress. Each look nudges the loop; one that runs, or waits for data or for
/// its next attempt, answers by moving its pulse. A loop that does not for <paramref name="patience"/> hangs. Used by
/// one caller at a time.
/// </summary>
internal sealed class LoopWatch(Func<long> pulse, Action nudge, TimeSpan patience, TimeProvider time)
{
    private long _seen = -1;
    private long _seenAt;

    /// <summary>
    /// A watch over a replica. Opening a stream may take a few dial timeouts, during which the loop waits for the
    /// primary alone. A loop that has failed for good does not hang: the node answers on for a while and then ends.
    /// </summary>
    public static LoopWatch Over(Replication.Follow.Replica replica, TimeSpan dialTimeout, TimeProvider time) =>
        new(() => replica.HasFailed ? time.GetTimestamp() : replica.Pulse, replica.Nudge, dialTimeout * 4, time);

    /// <summary>Whether the loop has moved lately.</summary>
    public bool Look()
    {
        long now = pulse();
        if (now != _seen)
        {
            _seen = now;
            _seenAt = time.GetTimestamp();
        }

        nudge();
        return time.GetElapsedTime(_seenAt) <= patience;
    }
}
