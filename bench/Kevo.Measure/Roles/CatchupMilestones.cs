using System.Diagnostics;
using Kevo.Replication.Follow;
using Kevo.Replication.Observation;
using Kevo.Replication.Session;

namespace Kevo.Measure.Roles;

/// <summary>
/// When a replica that catches up reached what, in milliseconds since it began. Told by its loop alone.
/// </summary>
internal sealed class CatchupMilestones(long started) : IReplicationObserver
{
    /// <summary>The stream was open; 0 for never.</summary>
    public double OpenedAt { get; private set; }

    /// <summary>The first batch was durable; 0 for never.</summary>
    public double FirstDurableAt { get; private set; }

    /// <summary>What all batches together took to be applied.</summary>
    public double Applying { get; private set; }

    /// <summary>What all batches together took to be synced.</summary>
    public double Syncing { get; private set; }

    /// <summary>Batches.</summary>
    public int Batches { get; private set; }

    /// <inheritdoc/>
    public void SessionOpened(SessionHeaders headers) => OpenedAt = OpenedAt > 0 ? OpenedAt : Now();

    /// <inheritdoc/>
    public void BatchSynced(in BatchFigures figures)
    {
        FirstDurableAt = FirstDurableAt > 0 ? FirstDurableAt : Now();
        Applying += figures.ApplyTime.TotalMilliseconds;
        Syncing += figures.SyncTime.TotalMilliseconds;
        Batches++;
    }

    private double Now() => Stopwatch.GetElapsedTime(started).TotalMilliseconds;
}
