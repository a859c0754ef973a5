using Kevo.Core;
using Kevo.Replication.Bootstrap;

namespace Kevo.Replication.Follow;

/// <content>Failures, ERROR, and the way out when the loop ends.</content>
public sealed partial class Replica
{
    private TimeSpan _retryDelay;

    /// <summary>
    /// A turn failed and the failure was judged. Keeps what can be kept of the open batch before the state changes.
    /// </summary>
    private ReplicaState MeetFailure()
    {
        if (_failure.Kind is ErrorKind.Protocol or ErrorKind.Compression)
        {
            // Next time transaction by transaction, so that everything before the bad one becomes durable. What was
            // applied whole is no part of that: it was good.
            _carefulUntil = _batches.HighestSeen;
            _batches.LastOfBatch = _batches.MaxApplied;
        }

        if (_failure.Kind != ErrorKind.Storage)
        {
            try
            {
                SettleBatch();
            }
            catch (StorageException worse) when (FailureJudge.TryJudge(worse, out _failure))
            {
                // The disk's failure is the one that counts; it is in _failure now.
            }
        }

        _connectSpan.Fail(_failure.Error);
        _retryDelay = _backoff.NextDelay();
        _consecutiveFailures = _backoff.Failures;
        MeetLostPrimary();
        _gapFailures = _failure.Kind == ErrorKind.Gap ? _gapFailures + 1 : _gapFailures;
        _counters.CountFailure();
        _observer?.Failed(in _failure);
        return ReplicaState.Error;
    }

    /// <summary>
    /// What is said of the primary while no stream is open; the line about the failure says the rest.
    /// </summary>
    private void MeetLostPrimary()
    {
        if (_failure.Kind == ErrorKind.Connection && _condition != PrimaryCondition.Stopping)
        {
            _condition = _failure.Error switch
            {
                ConnectionException { Fault: ConnectionFault.TooFar } => PrimaryCondition.TooFar,
                KevoException late when FailureJudge.IsTimeout(late) => PrimaryCondition.NotAnswering,
                _ => PrimaryCondition.Unreachable,
            };
        }
        else if (_failure.Error is RetentionException && FailureJudge.IsRotation(_failure.Error))
        {
            _condition = PrimaryCondition.Rotated;
        }
    }

    private async ValueTask<ReplicaState> RecoverAsync(CancellationToken stopping)
    {
        Log.RetryLater(
            _logger,
            _failure.Kind,
            _failure.Error.Reason,
            _failure.Error.Message,
            _retryDelay.TotalSeconds,
            _consecutiveFailures);
        if (_consecutiveFailures == _options.MaxRetries)
        {
            Log.Unhealthy(_logger, _consecutiveFailures);
        }

        await CloseConnectionAsync();
        long until = _time.GetTimestamp() + ToTimestampTicks(_retryDelay);
        TimeSpan left = _retryDelay;
        while (left > TimeSpan.Zero)
        {
            await SleepAsync(left);
            stopping.ThrowIfCancellationRequested();
            left = _time.GetElapsedTime(_time.GetTimestamp(), until);
        }

        return ReplicaState.Connecting;
    }

    /// <summary>
    /// Ends the open batch when the stream that fed it is over: whole transactions are kept, a part of one is not.
    /// </summary>
    private void SettleBatch()
    {
        EndSync();
        if (_batches is { AtBoundary: true, HasUnsynced: true })
        {
            CountApplied();
            Positions.Sync(_batches.Sync());
        }
        else
        {
            _batches.Discard();
            Positions.Discard();
            _ = _batches.TakeCounts();
        }
    }

    /// <summary>The stream works: whatever fails next starts from the first retry.</summary>
    private void MeetSuccess()
    {
        if (_consecutiveFailures > 0)
        {
            Log.Recovered(_logger, _consecutiveFailures);
        }

        _backoff.Reset();
        _consecutiveFailures = 0;
    }

    /// <summary>
    /// The loop has ended. After a stop: final sync and acknowledgement. After an error nothing is written any more;
    /// what could be kept was kept when it was met. Then everything is closed.
    /// </summary>
    private async ValueTask ShutDownAsync(bool stoppedCleanly)
    {
        try
        {
            if (stoppedCleanly)
            {
                SettleBatch();
                await AcknowledgeFinallyAsync();
            }
        }
        finally
        {
            await CloseConnectionAsync();
            if (_reader is not null)
            {
                await _reader.DisposeAsync();
            }

            await _connector.DisposeAsync();
            _batches.Dispose();
            if (_timer is not null)
            {
                await _timer.DisposeAsync();
            }
        }
    }

    /// <summary>Acknowledges what is durable, if a session is open and answers in time.</summary>
    private async ValueTask AcknowledgeFinallyAsync()
    {
        if (_session is null || _batches.AwaitsOverlap || _receiver is null or { HasEnded: true })
        {
            return;
        }

        using CancellationTokenSource limit = new(_options.StopTimeout, _time);
        await using CancellationTokenRegistration wake = limit.Token.Register(_wake.Set);
        try
        {
            while (!limit.IsCancellationRequested && (_acknowledgement.IsBusy || AcknowledgementIsDue()))
            {
                await TakeAnswersAsync();
                if (AcknowledgementMayLeave())
                {
                    SendAcknowledgement();
                }

                if (_acknowledgement is { IsBusy: true, IsDone: false } || AcknowledgementIsDue())
                {
                    await SleepAsync(_acknowledgement.IsBusy ? _options.StopTimeout : DelayOfAcknowledgement());
                }
            }
        }
        catch (Exception refused) when (FailureJudge.TryJudge(refused, out Failure failure)
            && failure.Kind != ErrorKind.Storage)
        {
            // What is not acknowledged is sent again next time; that is no reason to end a stop with an error.
            Log.LastAcknowledgementFailed(_logger, failure.Error.Message);
        }
    }
}
