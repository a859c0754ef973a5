using Grpc.Core;
using Kevo.Core;
using Kevo.Replication.Receive;
using Kevo.Replication.Session;

namespace Kevo.Replication.Follow;

/// <summary>
/// One kind of call to the primary that runs beside the loop, at most one at a time. The loop starts it, is woken when
/// it is done, and takes the answer. Used by the loop only.
/// </summary>
internal sealed class PrimaryCall(string name, bool negative, TimeSpan timeout, TimeProvider time, Signal wakeLoop)
{
    private Task<CallReply> _task = Task.FromResult(default(CallReply));
    private CancellationTokenSource? _abandon;
    private volatile bool _done;

    /// <summary>The call's name, for messages.</summary>
    public string Name => name;

    /// <summary>A call was started and its answer not yet taken.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>The answer of the call under way is there.</summary>
    public bool IsDone => IsBusy && _done;

    /// <summary>The sequence of the call under way.</summary>
    public ulong Sequence { get; private set; }

    /// <summary>When the call under way was started; timestamp of the time provider.</summary>
    public long StartedAt { get; private set; }

    /// <summary>Starts the call; the one before must have been taken or abandoned.</summary>
    public void Start(IReplicationSession session, ulong sequence)
    {
        if (IsBusy)
        {
            throw new InvalidOperationException($"{name} of sequence {Sequence} is still under way.");
        }

        IsBusy = true;
        Sequence = sequence;
        StartedAt = time.GetTimestamp();
        _done = false;
        _abandon = new CancellationTokenSource(timeout, time);
        _task = RunAsync(session, sequence, _abandon.Token);
    }

    /// <summary>Takes the answer, waiting for it if need be; throws what the call failed with.</summary>
    public async ValueTask<CallReply> TakeAsync()
    {
        try
        {
            return await _task;
        }
        finally
        {
            Release();
        }
    }

    /// <summary>Ends a call under way without looking at its answer, and waits for its end.</summary>
    public async ValueTask AbandonAsync()
    {
        if (!IsBusy)
        {
            return;
        }

        _abandon?.Cancel();
        await ((Task)_task).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Release();
    }

    private void Release()
    {
        IsBusy = false;
        _abandon?.Dispose();
        _abandon = null;
    }

    private async Task<CallReply> RunAsync(IReplicationSession session, ulong sequence, CancellationToken cancellation)
    {
        try
        {
            return negative
                ? await session.NegativeAcknowledgeAsync(sequence, cancellation)
                : await session.AcknowledgeAsync(sequence, cancellation);
        }
        catch (Exception late) when (cancellation.IsCancellationRequested
            && late is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            throw new ConnectionException(
                $"{name} of sequence {sequence} was not answered within {timeout.TotalSeconds:0.###} s.", late);
        }
        finally
        {
            _done = true;
            wakeLoop.Set();
        }
    }
}
