using System.Diagnostics;
using Kevo.Core.Tracing;
using Kevo.Replication.Receive;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// The life of a walk over a primary beside the loop: started, watched, woken from, and its result taken or given up.
/// What is walked, and into what, is the owner's. Used by the loop only, where nothing else is said.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="wakeLoop">Set when a walk is done.</param>
/// <typeparam name="TResult">What a walk yields; whoever takes it disposes it.</typeparam>
internal sealed class BackgroundWalk<TResult>(TimeProvider time, Signal wakeLoop)
    where TResult : IDisposable
{
    private Task<TResult>? _task;
    private CancellationTokenSource? _abandon;
    private volatile bool _done;
    private long _startedAt;
    private long _keys;
    private long _bytes;
    private TraceSpan _span;

    /// <summary>A walk is under way, or its result not yet taken.</summary>
    public bool IsBusy => _task is not null;

    /// <summary>The result can be taken.</summary>
    public bool IsDone => _task is not null && _done;

    /// <summary>
    /// When the walk under way, or the last one, was started; timestamp of the time provider. Any thread.
    /// </summary>
    public long StartedAt => Interlocked.Read(ref _startedAt);

    /// <summary>The span of the last walk, for the span of what becomes of its result.</summary>
    public ActivityContext TraceContext { get; private set; }

    /// <summary>Rows and bytes of the walk under way, or of the last one. Any thread.</summary>
    public (long Keys, long Bytes) Progress => (Interlocked.Read(ref _keys), Interlocked.Read(ref _bytes));

    /// <summary>How long the walk under way has taken so far; null while none is. Any thread.</summary>
    public TimeSpan? Walked => IsBusy && !_done ? time.GetElapsedTime(StartedAt) : null;

    /// <summary>Starts a walk.</summary>
    /// <param name="reason">Why, for its span.</param>
    /// <param name="walk">The walk; cancelled by <see cref="AbandonAsync"/>.</param>
    /// <exception cref="InvalidOperationException">One is under way, or its result not yet taken.</exception>
    public void Start(SnapshotReason reason, Func<CancellationToken, Task<TResult>> walk)
    {
        if (IsBusy)
        {
            throw new InvalidOperationException("A walk is still under way.");
        }

        _done = false;
        ShowProgress(0, 0);
        Interlocked.Exchange(ref _startedAt, time.GetTimestamp());
        _span = Spans.Start(SpanTable.Snapshot);
        if (_span.IsRecorded)
        {
            _span.Set(SpanAttributes.Reason, reason.ToString());
            TraceContext = _span.Context;
        }

        _abandon = new CancellationTokenSource();
        _task = RunAsync(walk, _abandon.Token);
    }

    /// <summary>Says how far the walk under way is. The walk's own.</summary>
    public void ShowProgress(long keys, long bytes)
    {
        Interlocked.Exchange(ref _keys, keys);
        Interlocked.Exchange(ref _bytes, bytes);
    }

    /// <summary>Takes the result, which the caller disposes; throws what the walk failed with.</summary>
    public async ValueTask<TResult> TakeAsync()
    {
        Task<TResult> task = _task ?? throw new InvalidOperationException("No walk was started.");
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

    /// <summary>Ends a walk under way, if there is one, and waits for its end; what it yielded is disposed.</summary>
    public async ValueTask AbandonAsync()
    {
        if (_task is not { } task)
        {
            return;
        }

        _abandon!.Cancel();
        await ((Task)task).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        if (task.IsCompletedSuccessfully)
        {
            (await task).Dispose();
        }

        Release();
    }

    private async Task<TResult> RunAsync(
        Func<CancellationToken, Task<TResult>> walk, CancellationToken cancellation)
    {
        try
        {
            return await walk(cancellation);
        }
        finally
        {
            _done = true;
            wakeLoop.Set();
        }
    }

    private void Release()
    {
        _span.Set(SpanAttributes.Keys, Progress.Keys).Set(SpanAttributes.Bytes, Progress.Bytes).Dispose();
        _span = default;
        _task = null;
        _abandon!.Dispose();
        _abandon = null;
    }
}
