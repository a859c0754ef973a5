using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replica.Terminal;

namespace Kevo.Replica.Node;

/// <summary>
/// Shows how far a snapshot of the primary is, or how far the node is behind, and nothing once it is level. A log hears
/// only of snapshots and of the first catching up: under load a node is always a little behind. Disposing it ends that.
/// </summary>
internal sealed class FollowProgress : IDisposable
{
    // A node that follows live writes is always a little behind.
    private const ulong WorthShowing = 1000;

    private static readonly TimeSpan DrawingInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TellingInterval = TimeSpan.FromSeconds(5);

    private readonly Replication.Follow.Replica _replica;
    private readonly IWorkDisplay _display;
    private readonly ITimer _timer;
    private ulong _from;
    private bool _wasLevel;

    /// <summary>Begins to show.</summary>
    public FollowProgress(Replication.Follow.Replica replica, IWorkDisplay display, TimeProvider time)
    {
        _replica = replica;
        _display = display;
        TimeSpan interval = display.IsDrawn ? DrawingInterval : TellingInterval;
        _timer = time.CreateTimer(static follow => ((FollowProgress)follow!).Look(), this, interval, interval);
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
    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        ReplicaStatus status = _replica.GetStatus();
        WorkProgress? progress = Judge(status, ref _from);
        _wasLevel |= status.Lag == 0;
        bool worthTelling = _display.IsDrawn || !_wasLevel || progress is { Total: 0 };
        if (progress is { } shown && worthTelling)
        {
            _display.Report(shown);
        }
        else
        {
            _display.Hide();
        }
    }
}
