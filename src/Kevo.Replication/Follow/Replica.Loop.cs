using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Kevo.Core;
using Kevo.Replication.Receive;
using Microsoft.Extensions.Logging;

namespace Kevo.Replication.Follow;

/// <content>
/// The loop: one <c>switch</c>, whose handlers return the next state and of which only <see cref="MoveTo"/> assigns
/// one. Work per turn is bounded by the batch limit; waiting is waiting for <see cref="_wake"/>.
/// </content>
public sealed partial class Replica
{
    private readonly List<ReceivedMessage> _taken = [];
    private int _takenNext;
    private ITimer? _timer;
    private Failure _failure;
    private volatile int _consecutiveFailures;
    private int _gapFailures;
    private long _pulse;
    private volatile bool _nudged;

    private async Task RunLoopAsync(CancellationToken stopping)
    {
        // Hands Start back to its caller before anything that may block.
        await Task.Yield();
        _timer = _time.CreateTimer(
            static signal => ((Signal)signal!).Set(), _wake, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        await using CancellationTokenRegistration wake = stopping.Register(_wake.Set);
        Log.Starting(_logger, _connector.Target, Positions.Durable);
        bool stoppedCleanly = false;
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                ReplicaState next = await TurnAsync(stopping);
                if (next != ReplicaState.Error || States.Current != ReplicaState.Error)
                {
                    MoveTo(next);
                }

                if (States.Current == ReplicaState.Error && EndsTheLoop(in _failure))
                {
                    ExceptionDispatchInfo.Throw(_failure.Error);
                }
            }

            stoppedCleanly = true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The stop found the loop waiting; that is the usual way out.
            stoppedCleanly = true;
        }
        finally
        {
            await ShutDownAsync(stoppedCleanly);
        }

        Log.Stopped(_logger, Positions.Durable, Positions.Acknowledged);
    }

    /// <summary>One turn: the work of the current state, and the state that follows from it.</summary>
    private async ValueTask<ReplicaState> TurnAsync(CancellationToken stopping)
    {
        try
        {
            switch (States.Current)
            {
                case ReplicaState.Connecting:
                    return await ConnectAsync(stopping);
                case ReplicaState.StreamingEntries:
                    return await StreamAsync(stopping);
                case ReplicaState.ApplyingEntries:
                    return Apply();
                case ReplicaState.FsyncPending:
                    return Sync();
                case ReplicaState.Acknowledging:
                    return await AcknowledgeAsync();
                case ReplicaState.WaitingForData:
                    return await WaitAsync(stopping);
                case ReplicaState.Error:
                    return await RecoverAsync(stopping);
                default:
                    throw new UnreachableException($"The replica is in the unknown state {States.Current}.");
            }
        }
        catch (Exception error) when (FailureJudge.TryJudge(error, out _failure))
        {
            return MeetFailure();
        }
    }

    private void MoveTo(ReplicaState next)
    {
        Volatile.Write(ref _pulse, _pulse + 1);
        bool failed = next == ReplicaState.Error;
        ReplicaState from = States.Current;
        States.MoveTo(next, failed ? _failure.Error : null);
        if (_observer is not null)
        {
            StateTransition transition = States.Latest;
            _observer.StateChanged(in transition);
        }

        if (failed || from is ReplicaState.Error or ReplicaState.Connecting)
        {
            Log.StateChanged(_logger, from, next);
        }
        else
        {
            Log.CycleChanged(_logger, from, next);
        }
    }

    /// <summary>Whether the failure is the last thing this loop does.</summary>
    private bool EndsTheLoop(in Failure failure) =>
        (failure.Decision != FailureDecision.Reconnect && !MayResync(in failure))
        || _gapFailures >= _options.MaxRetries
        || (_consecutiveFailures >= _options.MaxRetries && !_options.KeepRetrying);

    /// <summary>Sleeps until something happens or <paramref name="atMost"/> is over.</summary>
    private async ValueTask SleepAsync(TimeSpan atMost)
    {
        _timer!.Change(Max(atMost, TimeSpan.Zero), Timeout.InfiniteTimeSpan);
        await _wake.WaitAsync();
        Volatile.Write(ref _pulse, _pulse + 1);
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private static TimeSpan Max(TimeSpan left, TimeSpan right) => left > right ? left : right;

    private static TimeSpan Min(TimeSpan left, TimeSpan right) => left < right ? left : right;
}
