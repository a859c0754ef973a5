using Kevo.Replication.Receive;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// Asks a stock primary for its last synced sequence from time to time: the one question that tells a live primary from
/// a frozen one and does it no harm. Used by the loop only.
/// </summary>
internal sealed class SequencePoll(IPrimaryReader reader, TimeProvider time, Signal wakeLoop)
{
    /// <summary>Time between two questions.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private Task<ulong>? _task;
    private CancellationTokenSource? _abandon;
    private volatile bool _done;
    private long _askedAt;

    /// <summary>An answer, or its failure, can be taken.</summary>
    public bool IsDone => _task is not null && _done;

    /// <summary>Time until the next question; zero when it is due.</summary>
    public TimeSpan UntilDue => _task is not null ? Interval : Interval - time.GetElapsedTime(_askedAt);

    /// <summary>A stream was opened: the next question comes an interval from now.</summary>
    public void Postpone() => _askedAt = time.GetTimestamp();

    /// <summary>Asks.</summary>
    public void Start()
    {
        _askedAt = time.GetTimestamp();
        _done = false;
        _abandon = new CancellationTokenSource();
        _task = RunAsync(_abandon.Token);
    }

    /// <summary>Takes the answer; throws what the question failed with.</summary>
    public async ValueTask<ulong> TakeAsync()
    {
        Task<ulong> task = _task ?? throw new InvalidOperationException("Nothing was asked.");
        try
        {
            return await task;
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Ends a question under way.</summary>
    public async ValueTask AbandonAsync()
    {
        if (_task is { } task)
        {
            _abandon?.Cancel();
            await ((Task)task).ConfigureAwait(
                ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            Release();
        }
    }

    private void Release()
    {
        _task = null;
        _abandon?.Dispose();
        _abandon = null;
    }

    private async Task<ulong> RunAsync(CancellationToken cancellation)
    {
        try
        {
            return await reader.GetLastSequenceAsync(cancellation);
        }
        finally
        {
            _done = true;
            wakeLoop.Set();
        }
    }
}
