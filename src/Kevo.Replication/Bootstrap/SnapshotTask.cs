using System.Diagnostics;
using Kevo.Core;
using Kevo.Replication.Receive;
using Kevo.Storage;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// One snapshot at a time, beside the loop: a walk over the primary, compared with what is held. The loop starts it,
/// applies nothing meanwhile, is woken when it is done, and takes the result. Used by the loop only.
/// </summary>
/// <param name="reader">Who is walked.</param>
/// <param name="store">What is held.</param>
/// <param name="time">The clock.</param>
/// <param name="wakeLoop">Set when a walk is done.</param>
/// <param name="writesWait">Whether live writes wait for the walk's end.</param>
/// <param name="fence">Returns when everything is here that the stream was sent before.</param>
internal sealed class SnapshotTask(
    IPrimaryReader reader,
    IRebuildableStore store,
    TimeProvider time,
    Signal wakeLoop,
    Func<bool> writesWait,
    Func<CancellationToken, ValueTask> fence)
{
    /// <summary>
    /// How long a walk waits for the primary to have synced what it already sent; and how long after a walk a live
    /// write comes, at least, that was sent after it. What was sent before is here when a question over the stream's
    /// connection is answered; this is for what the primary's own queue to that connection may hold back.
    /// </summary>
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);

    /// <summary>How long something is given to take effect at the primary, or to be looked at on this side.</summary>
    public static readonly TimeSpan SettleStep = TimeSpan.FromMilliseconds(50);

    /// <summary>Rows between two looks at the clock that limit a walk.</summary>
    private const int RowsPerProgress = 4096;

    private readonly BackgroundWalk<SnapshotResult> _walk = new(time, wakeLoop);

    /// <inheritdoc cref="BackgroundWalk{TResult}.IsBusy"/>
    public bool IsBusy => _walk.IsBusy;

    /// <inheritdoc cref="BackgroundWalk{TResult}.IsDone"/>
    public bool IsDone => _walk.IsDone;

    /// <inheritdoc cref="BackgroundWalk{TResult}.StartedAt"/>
    public long StartedAt => _walk.StartedAt;

    /// <inheritdoc cref="BackgroundWalk{TResult}.TraceContext"/>
    public ActivityContext TraceContext => _walk.TraceContext;

    /// <inheritdoc cref="BackgroundWalk{TResult}.Progress"/>
    public (long Keys, long Bytes) Progress => _walk.Progress;

    /// <inheritdoc cref="BackgroundWalk{TResult}.Walked"/>
    public TimeSpan? Walked => _walk.Walked;

    /// <summary>Time of the walk under way, or of the last one, that was waiting and not walking.</summary>
    public TimeSpan Settled { get; private set; }

    /// <summary>Starts a walk.</summary>
    public void Start(WalkRequest request)
    {
        Settled = TimeSpan.Zero;
        _walk.Start(request.Reason, cancellation => RunAsync(request, cancellation));
    }

    /// <inheritdoc cref="BackgroundWalk{TResult}.TakeAsync"/>
    public ValueTask<SnapshotResult> TakeAsync() => _walk.TakeAsync();

    /// <inheritdoc cref="BackgroundWalk{TResult}.AbandonAsync"/>
    public ValueTask AbandonAsync() => _walk.AbandonAsync();

    private async Task<SnapshotResult> RunAsync(WalkRequest request, CancellationToken cancellation)
    {
        ulong synced = await WaitUntilSyncedAsync(request, cancellation);
        bool counts = synced >= request.Seen;
        using ContentComparison comparison = new(store, request.ChangeBytesMax, request.Rebuild);
        await using (IPrimaryScan scan = reader.Scan())
        {
            while (await scan.MoveNextAsync(cancellation))
            {
                comparison.Add(scan.Key, scan.Value);
                if (comparison.Keys % RowsPerProgress == 0)
                {
                    ShowProgress(comparison);
                }
            }
        }

        comparison.Complete();
        ShowProgress(comparison);
        if (!counts)
        {
            await fence(cancellation);
        }

        long walkedAt = time.GetTimestamp();
        if (!counts)
        {
            // Time for live writes that tell whether a transaction came between; the loop looks at them.
            await SettleAsync(SettleTime * 2, cancellation);
        }
        else if (writesWait())
        {
            // What was sent before the walk's end is synced before the question.
            await SettleAsync(SettleStep, cancellation);
        }

        ulong after = await AskAsync(request.Acknowledged, cancellation);
        return new SnapshotResult(comparison.Changes, comparison.HandOver())
        {
            SequenceBefore = Math.Max(synced, request.Seen),
            SequenceAfter = after,
            Counts = counts,
            WalkedAt = walkedAt,
            Keys = comparison.Keys,
            Bytes = comparison.Bytes,
        };
    }

    private void ShowProgress(ContentComparison comparison) =>
        _walk.ShowProgress(comparison.Keys, comparison.Bytes);

    /// <summary>
    /// A stock primary sends a write before it syncs it and before its own readers see it. A walk that began between
    /// the two would undo the write here; so it begins when the primary says that it has synced what was received. A
    /// primary told not to sync never says so, and after the settle time is believed to show its writes.
    /// </summary>
    private async ValueTask<ulong> WaitUntilSyncedAsync(WalkRequest request, CancellationToken cancellation)
    {
        long start = time.GetTimestamp();
        while (true)
        {
            ulong synced = await AskAsync(request.Acknowledged, cancellation);
            if (synced >= request.Seen || time.GetElapsedTime(start) >= SettleTime)
            {
                return synced;
            }

            await SettleAsync(SettleStep, cancellation);
        }
    }

    private async ValueTask SettleAsync(TimeSpan wait, CancellationToken cancellation)
    {
        await Task.Delay(wait, time, cancellation);
        Settled += wait;
    }

    /// <summary>
    /// Where the primary is. Before and after a walk it has to be the process that the stream belongs to, so it was all
    /// the while: one that lost its power and came back does not know the stream.
    /// </summary>
    private async ValueTask<ulong> AskAsync(ulong acknowledged, CancellationToken cancellation)
    {
        PrimaryAnswer answer = await reader.AskAsync(acknowledged, cancellation);
        return answer.ListsSession
            ? answer.LastSequence
            : throw SessionLoss.At(reader.Target);
    }
}
