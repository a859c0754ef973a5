using Kevo.Core;
using Kevo.Replication.Receive;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Follow;

/// <content>STREAMING_ENTRIES: keep a stream open and take what has arrived, up to one batch.</content>
public sealed partial class Replica
{
    /// <summary>Silence after which a stock primary sends an empty message.</summary>
    private static readonly TimeSpan StockHeartbeatIdle = TimeSpan.FromSeconds(10);

    private readonly TickClock _ticks;
    private long _streamOpenedAt;

    /// <summary>Whether responses have arrived that are not applied yet.</summary>
    private bool MoreIsAtHand => _taken.Count > _takenNext || _queue.Count > 0;

    private async ValueTask<ReplicaState> StreamAsync(CancellationToken stopping)
    {
        if (_session is null)
        {
            await OpenStreamAsync(stopping);
        }

        await TakeAnswersAsync();
        if (_plan.Rules.LiveOnly)
        {
            await TendPrimaryAsync();
        }
        else if (IsJoining)
        {
            await TendJoinAsync();
        }

        if (_repair is not null || (!IsParked && TakeQueued()) || AcknowledgementMayLeave())
        {
            return ReplicaState.ApplyingEntries;
        }

        if (_receiver!.HasEnded && (IsParked || _queue.Count == 0))
        {
            await _receiver.EndAsync();
            await MeetEndOfStreamAsync();
            return ReplicaState.WaitingForData;
        }

        CheckSilence();
        CheckGap();
        return ReplicaState.WaitingForData;
    }

    /// <summary>
    /// Takes responses from the queue, at least one if there is one, until they fill a batch. Heartbeats end here. True
    /// when there is something to apply.
    /// </summary>
    private bool TakeQueued()
    {
        long bytes = 0;
        for (int i = _takenNext; i < _taken.Count; i++)
        {
            bytes += _taken[i].Message.Length;
        }

        while (bytes < _options.MaxBatchBytes && _queue.TryDequeue(out ReceivedMessage received))
        {
            bytes += received.Message.Length;
            _taken.Add(received);
            if (received.Message.Length <= StreamReceiver.LongestEmptyResponse
                && received.Message.Read().EntryCount == 0)
            {
                _taken.RemoveAt(_taken.Count - 1);
                received.Message.Dispose();
                MeetHeartbeat();
            }
        }

        return _taken.Count > _takenNext;
    }

    private void MeetHeartbeat()
    {
        _counters.CountHeartbeat();
        if (_taken.Count > _takenNext)
        {
            return;
        }

        if (SaysPrimaryIsIdle())
        {
            _batches.MeetHeartbeat();
        }

        if (_batches.MissingSequence == 0)
        {
            MeetSuccess();
            if (_plan.AsksForAll)
            {
                Ask(_batches.ExpectedNext);
            }
        }
    }

    /// <summary>
    /// Whether an empty message means that the primary has nothing to send. A stock primary also sends one for every
    /// live write to a stream that offered no codec it knows; such a one can overtake what the stream owes, which is
    /// sent first and surely has come when the stream is old.
    /// </summary>
    private bool SaysPrimaryIsIdle() =>
        _plan.Rules.EntryCap == 0
        || (_options.CompressionSupported && _options.PreferredCodec is CompressionCodec.None or CompressionCodec.Zstd)
        || _time.GetElapsedTime(_streamOpenedAt) >= StockHeartbeatIdle;

    /// <summary>
    /// The primary ended the stream without an error: it is going away, or was told to drop its streams.
    /// </summary>
    private async ValueTask MeetEndOfStreamAsync()
    {
        SettleBatch();
        await CloseStreamAsync();
        Log.StreamEnded(_logger, _connector.Target, Positions.Durable);
        _reopenAt = _time.GetTimestamp() + ToTimestampTicks(_backoff.NextDelay());
    }

    private void CheckSilence()
    {
        TimeSpan silent = _receiver!.Silence;
        if (silent >= _options.SilenceLimit)
        {
            throw new ConnectionException(
                $"The primary at {_connector.Target} has sent nothing, not even a heartbeat, for "
                + $"{silent.TotalSeconds:0} s; "
                + "the stream is opened again.");
        }
    }

    private void ReleaseTaken()
    {
        for (int i = _takenNext; i < _taken.Count; i++)
        {
            _taken[i].Message.Dispose();
        }

        _taken.Clear();
        _takenNext = 0;
    }
}
