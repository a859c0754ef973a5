using Grpc.Core;
using Kevo.Core;
using Kevo.Replication.Receive;
using Kevo.Replication.Session;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// Asks a stock primary for its last synced sequence from time to time: the one question that tells a live primary from
/// a frozen one and does it no harm. Used by the loop only.
/// </summary>
/// <param name="reader">Who is asked.</param>
/// <param name="connector">
/// Whether it still takes connections is looked at when there is no answer: that tells one that stops from a frozen
/// one.
/// </param>
/// <param name="interval">Time between two questions.</param>
/// <param name="time">The clock.</param>
/// <param name="wakeLoop">Set when an answer is there.</param>
internal sealed class SequencePoll(
    IPrimaryReader reader, IPrimaryConnector connector, TimeSpan interval, TimeProvider time, Signal wakeLoop)
{
    private Task<PrimaryAnswer>? _task;
    private CancellationTokenSource? _abandon;
    private volatile bool _done;
    private long _askedAt;

    /// <summary>An answer, or its failure, can be taken.</summary>
    public bool IsDone => _task is not null && _done;

    /// <summary>Time until the next question; zero when it is due.</summary>
    public TimeSpan UntilDue => _task is not null ? interval : interval - time.GetElapsedTime(_askedAt);

    /// <summary>
    /// Whether the primary took no connections any more when it did not answer the question taken last.
    /// </summary>
    public bool Refuses { get; private set; }

    /// <summary>A stream was opened: the next question comes an interval from now.</summary>
    public void Postpone() => _askedAt = time.GetTimestamp();

    /// <summary>Asks, also whether the stream that acknowledged this number is known.</summary>
    public void Start(ulong acknowledged)
    {
        _askedAt = time.GetTimestamp();
        _done = false;
        Refuses = false;
        _abandon = new CancellationTokenSource();
        _task = RunAsync(acknowledged, _abandon.Token);
    }

    /// <summary>Takes the answer; throws what the question failed with.</summary>
    public async ValueTask<PrimaryAnswer> TakeAsync()
    {
        Task<PrimaryAnswer> task = _task ?? throw new InvalidOperationException("Nothing was asked.");
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

    private async Task<PrimaryAnswer> RunAsync(ulong acknowledged, CancellationToken cancellation)
    {
        try
        {
            return await reader.AskAsync(acknowledged, cancellation);
        }
        catch (Exception error) when (error is RpcException or KevoException && !cancellation.IsCancellationRequested)
        {
            Refuses = !await connector.AcceptsConnectionsAsync(cancellation);
            throw;
        }
        finally
        {
            _done = true;
            wakeLoop.Set();
        }
    }
}
