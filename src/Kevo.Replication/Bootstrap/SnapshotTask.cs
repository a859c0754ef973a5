using System.Diagnostics;
using Kevo.Core;
using Kevo.Core.Tracing;
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

    private Task<SnapshotResult>? _task;
    private CancellationTokenSource? _abandon;
    private volatile bool _done;
    private long _keys;
    private long _bytes;
    private TraceSpan _span;

    /// <summary>A walk is under way, or its result not yet taken.</summary>
    public bool IsBusy => _task is not null;

    /// <summary>The result can be taken.</summary>
    public bool IsDone => _task is not null && _done;

    /// <summary>When the walk under way was started; timestamp of the time provider.</summary>
    public long StartedAt { get; private set; }

    /// <summary>The span of the last walk, for the span of what becomes of its result.</summary>
    public ActivityContext TraceContext { get; private set; }

    /// <summary>Rows and bytes of the walk under way, or of the last one. Any thread.</summary>
    public (long Keys, long Bytes) Progress => (Interlocked.Read(ref _keys), Interlocked.Read(ref _bytes));

    /// <summary>How long the walk under way has taken so far; null while none is. Any thread.</summary>
    public TimeSpan? Walked => IsBusy && !_done ? time.GetElapsedTime(StartedAt) : null;

    /// <summary>Time of the walk under way, or of the last one, that was waiting and not walking.</summary>
    public TimeSpan Settled { get; private set; }

    /// <summary>Starts a walk.</summary>
    public void Start(in WalkRequest request)
    {
        if (_task is not null)
        {
            throw new InvalidOperationException("A snapshot is still under way.");
        }

        _done = false;
        _keys = _bytes = 0;
        Settled = TimeSpan.Zero;
        StartedAt = time.GetTimestamp();
        _span = Spans.Start(SpanTable.Snapshot);
        if (_span.IsRecorded)
        {
            _span.Set(SpanAttributes.Reason, request.Reason.ToString());
            TraceContext = _span.Context;
        }

        _abandon = new CancellationTokenSource();
        _task = RunAsync(request, _abandon.Token);
    }

    /// <summary>Takes the result, which the caller disposes; throws what the walk failed with.</summary>
    public async ValueTask<SnapshotResult> TakeAsync()
    {
        Task<SnapshotResult> task = _task ?? throw new InvalidOperationException("No snapshot was started.");
        try
        {
            return await task;
        }
        catch (Exception failure) when (_span.FailAndPass(failure))
        {
            throw;
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Ends a walk under way and waits for its end.</summary>
    public async ValueTask AbandonAsync()
    {
        if (_task is not { } task)
        {
            return;
        }

        _abandon?.Cancel();
        await ((Task)task).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (task.IsCompletedSuccessfully)
        {
            (await task).Dispose();
        }

        Release();
    }

    private void Release()
    {
        _span.Set(SpanAttributes.Keys, Progress.Keys).Set(SpanAttributes.Bytes, Progress.Bytes).Dispose();
        _span = default;
        _task = null;
        _abandon?.Dispose();
        _abandon = null;
    }

    private async Task<SnapshotResult> RunAsync(WalkRequest request, CancellationToken cancellation)
    {
        try
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
        finally
        {
            _done = true;
            wakeLoop.Set();
        }
    }

    private void ShowProgress(ContentComparison comparison)
    {
        Interlocked.Exchange(ref _keys, comparison.Keys);
        Interlocked.Exchange(ref _bytes, comparison.Bytes);
    }

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
