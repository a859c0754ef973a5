using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replica.Terminal;

namespace Kevo.Replica.Node;

/// <summary>
/// Shows a person on a terminal how far a snapshot of the primary is, or how far the node is behind, and nothing once
/// it is level. Disposing it ends that.
/// </summary>
internal sealed class FollowProgress : IDisposable
{
    // A node that follows live writes is always a little behind.
    private const ulong WorthShowing = 1000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Replication.Follow.Replica _replica;
    private readonly ProgressBar? _bar;
    private readonly ITimer? _timer;
    private ulong _from;

    /// <summary>Begins to show; without a bar nothing happens.</summary>
    public FollowProgress(Replication.Follow.Replica replica, ProgressBar? bar, TimeProvider time)
    {
        _replica = replica;
        _bar = bar;
        _timer = bar is null
            ? null
            : time.CreateTimer(static follow => ((FollowProgress)follow!).Look(), this, Interval, Interval);
    }

    /// <summary>What there is to show; null when the node is level with its primary, or cannot know.</summary>
    internal static WorkProgress? Judge(ReplicaStatus status, ref ulong from)
    {
        if (status.PendingSnapshot is not (SnapshotReason.None or SnapshotReason.Silence))
        {
            from = 0;
            return new WorkProgress("snapshot, keys read", status.SnapshotKeys, 0);
        }

        if (status.Lag is not { } lag || status.PrimarySequence is not { } last || (from == 0 && lag < WorthShowing)
            || lag == 0)
        {
            from = 0;
            return null;
        }

        ulong here = status.Positions.Durable.Value.Sequence;
        if (from == 0)
        {
            // One more than nothing, because nothing stands for "not behind".
            from = here + 1;
        }

        return new WorkProgress("catching up", (long)(here + 1 - Math.Min(here + 1, from)), (long)(last + 1 - from));
    }

    /// <inheritdoc/>
    public void Dispose() => _timer?.Dispose();

    private void Look()
    {
        if (Judge(_replica.GetStatus(), ref _from) is { } progress)
        {
            _bar!.Report(progress);
        }
        else
        {
            _bar!.Hide();
        }
    }
}
