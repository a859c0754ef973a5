using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Core.Tracing;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Observation;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Kevo.Wire;

namespace Kevo.Replication.Follow;

/// <content>APPLYING_ENTRIES and FSYNC_PENDING: one batch, in order, then durable.</content>
public sealed partial class Replica
{
    private bool _restIsDue;
    private ulong _gapSequence;
    private int _gapAttempts;
    private long _gapAskedAt;
    private ulong _carefulUntil;
    private long _applyStarted;
    private TimeSpan _applyTime;
    private long _batchEntries;
    private BatchFigures _syncing;
    private long _syncStarted;

    private ReplicaState Apply()
    {
        _applyStarted = _options.ReportMetrics ? _time.GetTimestamp() : 0;
        if (_repair is not null)
        {
            ApplyRepair();
            CountApplied();
            return ReplicaState.FsyncPending;
        }

        // On top of what a batch holds that was left open for a disk that is busy.
        ulong next = _batches.ExpectedNext;
        bool isCareful = next > _batches.LastOfBatch && next <= _carefulUntil;
        long limit = isCareful ? 1 : _batches.BatchBytes + _options.MaxBatchBytes;
        while (_takenNext < _taken.Count)
        {
            ReceivedMessage received = _taken[_takenNext];
            ObserveTick(in received);
            ApplyOutcome outcome = _batches.Apply(received.Message, limit);
            if (outcome == ApplyOutcome.BatchFull || (outcome == ApplyOutcome.Gap && _plan.Rules.LiveOnly))
            {
                break;
            }

            if (_plan.AsksForAll)
            {
                AskForRest(in received);
            }

            received.Message.Dispose();
            _takenNext++;
        }

        if (_takenNext == _taken.Count)
        {
            ReleaseTaken();
        }

        if (_plan.Rules.LiveOnly && _batches.HasUnsynced)
        {
            MeetLiveWrites();
        }

        AskForRestIfDue();
        FollowGap();
        CountApplied();
        if (PlantedBugs.Has(PlantedBug.AcknowledgedBeforeSync) && AcknowledgementIsDue() && !_acknowledgement.IsBusy)
        {
            _acknowledgement.Start(_session!, _batches.MaxApplied);
        }

        return ReplicaState.FsyncPending;
    }

    private ReplicaState Sync()
    {
        if (_batches is not { HasUnsynced: true, AtBoundary: true })
        {
            return ReplicaState.Acknowledging;
        }

        // With more at hand, the disk works on this batch while the next is applied; and while it is still at work on
        // the one before, this one grows.
        bool isLast = _plan.Rules.LiveOnly || !MoreIsAtHand;
        if (!isLast && _batches.MaxApplied > _carefulUntil && !_batches.TryAwaitSync())
        {
            return ReplicaState.Acknowledging;
        }

        SyncBatch(isLast);
        return ReplicaState.Acknowledging;
    }

    private void SyncBatch(bool isLast)
    {
        EndSync();
        if (!_batches.HasUnsynced)
        {
            // Nothing was applied since: the batch before was all.
            return;
        }

        _syncing = new BatchFigures(default, _batchEntries, _batches.BatchBytes, _applyTime, default);
        _applyTime = TimeSpan.Zero;
        _batchEntries = 0;
        _syncStarted = _options.ReportMetrics ? _time.GetTimestamp() : 0;

        if (isLast)
        {
            _batches.Sync();
        }
        else
        {
            _batches.BeginSync();
        }

        if (!_batches.SyncIsUnderWay)
        {
            MeetSynced();
        }
    }

    /// <summary>Before the loop sleeps: what is applied becomes durable, unless a transaction is incomplete.</summary>
    private void SyncEverything()
    {
        EndSync();
        if (_batches is { HasUnsynced: true, AtBoundary: true })
        {
            SyncBatch(isLast: true);
        }
    }

    /// <summary>Waits for the batch that the disk was left at work on, if there is one.</summary>
    private void EndSync()
    {
        if (_batches.SyncIsUnderWay)
        {
            _batches.EndSync();
            MeetSynced();
        }
    }

    private void MeetSynced()
    {
        Positions.Sync(_batches.Durable);
        _counters.CountBatch();
        _gapFailures = 0;
        MeetSuccess();
        TimeSpan syncTime = !_options.ReportMetrics
            ? TimeSpan.Zero
            : _batches.LastSyncDuration ?? _time.GetElapsedTime(_syncStarted);
        BatchFigures figures = _syncing with { Durable = _batches.Durable, SyncTime = syncTime };
        _observer?.BatchSynced(in figures);
        if (Spans.AreWanted && _options.ReportMetrics)
        {
            TraceBatch(in figures);
        }
    }

    // Told when it is over, from the times that were measured anyway.
    private void TraceBatch(in BatchFigures figures)
    {
        DateTimeOffset syncStart = _time.GetUtcNow() - _time.GetElapsedTime(_syncStarted);
        DateTimeOffset end = syncStart + figures.SyncTime;
        DateTimeOffset start = syncStart - figures.ApplyTime;
        TraceSpan batch = Spans.StartAt(SpanTable.Batch, start)
            .Set(figures.Durable)
            .Set(SpanAttributes.Entries, figures.Entries)
            .Set(SpanAttributes.Bytes, figures.Bytes);
        if (batch.IsRecorded)
        {
            Spans.StartAt(SpanTable.Apply, start, batch.Context).EndAt(syncStart);
            Spans.StartAt(SpanTable.Sync, syncStart, batch.Context).EndAt(end);
            batch.EndAt(end);
        }
    }

    private void CountApplied()
    {
        ApplyCounts counts = _batches.TakeCounts();
        _batchEntries += counts.Entries;
        if (_options.ReportMetrics)
        {
            _applyTime += _time.GetElapsedTime(_applyStarted);
        }

        _counters.CountApplied(in counts);
        Positions.Append(
            received: new LogPosition(_batches.Epoch, _batches.HighestSeen),
            appended: new LogPosition(_batches.Epoch, _batches.MaxApplied));
    }

    /// <summary>
    /// An answer with as many entries as one can have is not the last: the rest has to be asked for. If the question
    /// before is not answered yet (its reply travels beside the stream), it is asked when that is done.
    /// </summary>
    private void AskForRest(in ReceivedMessage received)
    {
        StreamResponseReader reader = received.Message.Read();
        if (!reader.Compressed && reader.EntryCount >= _plan.Rules.EntryCap)
        {
            _restIsDue = true;
        }
    }

    /// <summary>Learns from a response when the primary's ticker runs, if acknowledgements depend on it.</summary>
    private void ObserveTick(in ReceivedMessage received)
    {
        if (_plan.Acknowledge == AcknowledgeRule.BetweenTicks)
        {
            StreamResponseReader reader = received.Message.Read();
            if (reader is { Compressed: false, EntryCount: > 0 })
            {
                _ticks.Observe(received.ArrivedAt);
            }
        }
    }

    /// <summary>Notices that a sequence is missing, or that it is not missing any more.</summary>
    private void FollowGap()
    {
        if (_batches.MissingSequence == _gapSequence)
        {
            return;
        }

        _gapSequence = _batches.MissingSequence;
        if (_gapSequence == 0)
        {
            return;
        }

        _gapAttempts = 0;
        _counters.CountGap();
        Log.GapNoticed(_logger, _gapSequence, _batches.HighestSeen);
        if (_plan.Rules.Gap == GapRule.Snapshot)
        {
            NeedSnapshot(SnapshotReason.Hole);
            if (PlantedBugs.Has(PlantedBug.NegativeAcknowledgementUnderLoad))
            {
                Ask(_gapSequence);
            }

            return;
        }

        AskForMissing();
    }

    /// <summary>Asks again for what is still missing, or gives the session up.</summary>
    private void CheckGap()
    {
        if (_gapSequence == 0 || _plan.Rules.Gap == GapRule.Snapshot
            || _time.GetElapsedTime(_gapAskedAt) < _options.GapTimeout)
        {
            return;
        }

        if (_gapAttempts >= _options.GapAttempts)
        {
            throw new GapException(
                $"Sequence {_gapSequence} is missing and did not come although it was "
                + $"{(_plan.Rules.Gap == GapRule.AskAgain ? "asked for" : "waited for")} {_gapAttempts} times; "
                + $"the primary has sent up to {_batches.HighestSeen}.");
        }

        AskForMissing();
    }

    private void AskForMissing()
    {
        _gapAttempts++;
        _gapAskedAt = _time.GetTimestamp();
        if (_plan.Rules.Gap == GapRule.AskAgain)
        {
            Ask(_gapSequence);
        }
    }

    private void AskForRestIfDue()
    {
        if (_restIsDue && !_negativeAcknowledgement.IsBusy)
        {
            _restIsDue = false;
            Ask(_batches.ExpectedNext);
        }
    }

    /// <summary>Asks for everything from a sequence on, unless an answer to such a question is still to come.</summary>
    private void Ask(ulong sequence)
    {
        if (!_negativeAcknowledgement.IsBusy)
        {
            _counters.CountNegativeAcknowledgement();
            _negativeAcknowledgement.Start(_session!, sequence);
        }
    }
}
