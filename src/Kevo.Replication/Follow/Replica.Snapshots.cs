using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Core.Tracing;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Kevo.Storage;

namespace Kevo.Replication.Follow;

/// <content>What becomes of a finished snapshot.</content>
public sealed partial class Replica
{
    private const string SilentDetail =
        "It changes without sending anything. As it does not sync what it sends, it may have committed transactions "
        + "only; if it has rotated its log, only a restart of the primary ends that.";

    private const string RotatedDetail =
        "It changes without sending anything: its log was rotated, and only a restart of the primary ends that.";

    private SnapshotResult? _repair;
    private readonly List<LiveWrite> _repairWrites = [];
    private ulong _repairEnd;
    private long _lastParkedAt;
    private bool _replaceContent;
    private bool _setAside;

    /// <summary>
    /// Takes a finished walk. It counts only when no transaction fell into its time: then walk and live writes together
    /// are exactly the primary's state at the last of them. Otherwise what was parked is dropped, because the next walk
    /// begins later and has it all.
    /// </summary>
    private async ValueTask TakeSnapshotAsync(SnapshotTask snapshots)
    {
        TimeSpan took = _time.GetElapsedTime(snapshots.StartedAt) - snapshots.Settled;
        TimeSpan rest = Max(_options.Snapshots.Interval, took * SnapshotRest);
        _snapshotNotBefore = _time.GetTimestamp() + ToTimestampTicks(rest);
        SnapshotReason reason = _snapshotReason;
        if (await TakeResultAsync(snapshots) is not { } result)
        {
            // No answer cost the primary nothing, so the next walk need not wait for long.
            _snapshotNotBefore = _time.GetTimestamp() + ToTimestampTicks(_options.Snapshots.Interval);
            return;
        }

        _silence = Max(_options.Snapshots.SilenceLimit, Min(took * SilenceRest, LongestSilence));

        bool kept = false;
        try
        {
            bool collected = TryCollectParked(result.Counts ? result.SequenceAfter : ulong.MaxValue);
            NoteCounting(result.Counts && !LeftUnsynced(result));
            ulong end = Math.Max(
                result.SequenceAfter, _repairWrites.Count > 0 ? _repairWrites[^1].Sequence : result.SequenceBefore);
            CompareNumbers(result.SequenceBefore != 0 ? result.SequenceBefore : end);
            if (MustAwaitNumber(result))
            {
                _snapshotReason = reason == SnapshotReason.Silence ? SnapshotReason.StreamOpened : reason;
                return;
            }

            CompareContent(result);
            bool whole = IsWhole(result.SequenceBefore, end) || PlantedBugs.Has(PlantedBug.SnapshotOverTransaction);
            if (!collected || !whole || !IsUnmixed(result))
            {
                Log.SnapshotOvertaken(_logger, result.SequenceBefore, end, rest.TotalSeconds);
                _snapshotReason = SnapshotReason.Hole;
                _repairWrites.Clear();
                return;
            }

            _snapshotReason = SnapshotReason.None;
            kept = AcceptSnapshot(reason, result, end);
        }
        finally
        {
            if (!kept)
            {
                result.Dispose();
            }
        }

        Log.SnapshotTaken(_logger, result.Keys, result.Bytes, took.TotalSeconds, result.Changes.Count,
            result.Rebuild is not null);
    }

    /// <summary>
    /// The walk's result; null when the primary did not answer it. The stream stays open then, which costs a frozen or
    /// stopping primary nothing, and the poll finds out which of the two it is.
    /// </summary>
    private async ValueTask<SnapshotResult?> TakeResultAsync(SnapshotTask snapshots)
    {
        try
        {
            return await snapshots.TakeAsync();
        }
        catch (KevoException late) when (FailureJudge.IsTimeout(late))
        {
            SetCondition(PrimaryCondition.NotAnswering, late.Message);
            _snapshotReason = _snapshotReason == SnapshotReason.None ? SnapshotReason.StreamOpened : _snapshotReason;
            return null;
        }
    }

    /// <summary>True when the result is kept, to be applied in the next turn.</summary>
    private bool AcceptSnapshot(SnapshotReason reason, SnapshotResult result, ulong end)
    {
        _quietSince = _time.GetTimestamp();
        if (_levelOnStream && end > _batches.StreamPosition)
        {
            ExcludeRotation();
        }

        _levelOnStream = true;
        if (reason == SnapshotReason.Silence && end <= _batches.StreamPosition && !JudgeSilence(result))
        {
            return false;
        }

        _repairEnd = end;
        _repair = result;
        return true;
    }

    /// <summary>
    /// The primary sent nothing and counts nothing. If it changed all the same, it has rotated its log. False when the
    /// result is not to be applied.
    /// </summary>
    private bool JudgeSilence(SnapshotResult result)
    {
        _rotatedAt = result.SequenceAfter;
        if (!Tells(result))
        {
            _provenAt = _time.GetTimestamp();
            Interlocked.Exchange(ref _behindPrimary, 0);
            return result.Differs;
        }

        // What its numbers will be after the restart that brings replication back cannot be told from now on.
        _primaryHeld = 0;
        _rotationNamed = true;
        SetCondition(PrimaryCondition.Rotated, _primaryCounts ? RotatedDetail : SilentDetail);
        return _options.Snapshots.OnRotation == RotationRule.Snapshot;
    }

    /// <summary>
    /// Takes the live writes up to <paramref name="last"/> out of the queue, in order; what comes behind them stays and
    /// is applied as usual. False when they are more than a repair may have.
    /// </summary>
    private bool TryCollectParked(ulong last)
    {
        _repairWrites.Clear();
        for (int i = _takenNext; i < _taken.Count; i++)
        {
            _batches.ReadLive(_taken[i].Message, _repairWrites);
            _lastParkedAt = _taken[i].ArrivedAt;
        }

        ReleaseTaken();
        long bytes = 0;
        while ((_repairWrites.Count == 0 || _repairWrites[^1].Sequence < last)
            && _queue.TryDequeue(out ReceivedMessage received))
        {
            int before = _repairWrites.Count;
            _batches.ReadLive(received.Message, _repairWrites);
            if (_repairWrites.Count > before && _repairWrites[before].Sequence > last)
            {
                _repairWrites.RemoveRange(before, _repairWrites.Count - before);
                _taken.Add(received);
                return true;
            }

            _lastParkedAt = received.ArrivedAt;
            bytes += received.Message.Length;
            received.Message.Dispose();
            if (bytes > Math.Max(_options.Snapshots.RepairBytesMax, _options.MaxReceiveMessageBytes))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Whether a live write that came before the walk's end is not synced long after it, in which case the walk may or
    /// may not show it.
    /// </summary>
    private bool LeftUnsynced(SnapshotResult result) =>
        _taken.Count > 0 && _taken[0].ArrivedAt <= result.WalkedAt
            && !PlantedBugs.Has(PlantedBug.QueueKeptOverStreams);

    /// <summary>
    /// Whether live writes can be laid over the walk. The walk may show a transaction that came after them, which only
    /// the primary's count would tell. Without a count there must be none of them, so that the walk is the whole truth;
    /// or one that was sent long after the walk, because during a walk a primary commits no transaction, and one before
    /// that would show as a missing number.
    /// </summary>
    private bool IsUnmixed(SnapshotResult result) =>
        PlantedBugs.Has(PlantedBug.UncountedBelieved) ? true
        : _taken.Count > 0 ? !LeftUnsynced(result)
        : result.Counts || _repairWrites.Count == 0
        || _time.GetElapsedTime(result.WalkedAt, _lastParkedAt) >= SnapshotTask.SettleTime;

    /// <summary>Whether every number after <paramref name="before"/> came as a live write.</summary>
    private bool IsWhole(ulong before, ulong end)
    {
        ulong expected = before;
        foreach (LiveWrite write in _repairWrites)
        {
            if (write.Sequence > expected && write.Sequence != ++expected)
            {
                return false;
            }
        }

        _repairWrites.RemoveAll(write => write.Sequence <= before);
        return expected == end;
    }

    /// <summary>
    /// Applies the snapshot and the live writes behind it as one: a transaction, or a new epoch when it replaces
    /// everything. The walk alone, without the writes that fell into it, is a state the primary never had.
    /// </summary>
    private void ApplyRepair()
    {
        SnapshotResult result = _repair!;
        _repair = null;
        using TraceSpan span = Spans.Start(SpanTable.Reconcile, _snapshots!.TraceContext)
            .Set(SpanAttributes.Changes, result.Changes.Count)
            .Set(SpanAttributes.Entries, _repairWrites.Count)
            .Set(SpanAttributes.Keys, result.Keys);
        using (result)
        {
            SortedDictionary<byte[], LiveWrite> writes = new(KeyComparer.Instance);
            foreach (LiveWrite write in _repairWrites)
            {
                writes[write.Key] = write;
            }

            _repairWrites.Clear();
            if (PlantedBugs.Has(PlantedBug.WritesDuringWalkForgotten))
            {
                writes.Clear();
            }

            if (result.Rebuild is { } rebuild)
            {
                ReplaceContent(rebuild, writes.Values);
            }
            else
            {
                RepairContent(result.Changes, writes);
            }
        }

        _batches.StandFor(_repairEnd);
        _gapSequence = 0;
        _provenAt = _time.GetTimestamp();
        if (_condition != PrimaryCondition.Rotated)
        {
            // A primary that says no number leaves the one known.
            _primaryHeld = _repairEnd != 0 ? _repairEnd : _primaryHeld;
            Interlocked.Exchange(ref _behindPrimary, 0);
        }
    }

    /// <summary>The primary's whole content replaces ours, in a new epoch that begins with its number.</summary>
    private void ReplaceContent(IStoreRebuild rebuild, IEnumerable<LiveWrite> writes)
    {
        foreach (LiveWrite write in writes)
        {
            rebuild.Change(write.Operation, write.Key, write.Value);
        }

        LogPosition position = new(_batches.Durable.Epoch + 1, _repairEnd);
        rebuild.Commit(position, _setAside);
        _replaceContent = false;
        _setAside = false;
        _counters.CountRepair();
        _hiddenWrites.Clear();
        _batches.ContinueFromStore();
        Positions.Restart(_batches.Durable);
        Log.ContentReplaced(_logger, position, rebuild.KeyCount);
    }

    /// <summary>
    /// One transaction makes ours equal. An empty store has no content to repair: it takes the primary's whole content,
    /// and with it the primary's number.
    /// </summary>
    private void RepairContent(List<ContentChange> changes, SortedDictionary<byte[], LiveWrite> writes)
    {
        if (changes.Count == 0 && writes.Count == 0)
        {
            return;
        }

        _counters.CountRepair();
        foreach (ContentChange change in changes)
        {
            if (change.IsSeen && (_condition == PrimaryCondition.Rotated || _hiddenWrites.IsShownAgain(in change)))
            {
                _witness.Remember(change.Key, _hiddenWrites.BehindOf(in change));
            }

            _hiddenWrites.Take(in change);

            if (!writes.ContainsKey(change.Key))
            {
                _batches.Repair(change.Operation, change.Key, change.Value);
            }
        }

        if (PlantedBugs.Has(PlantedBug.RepairInTwoParts) && changes.Count > 0 && writes.Count > 0)
        {
            _batches.EndRepair();
            _ = _batches.Sync();
        }

        foreach (LiveWrite write in writes.Values)
        {
            _batches.Repair(write.Operation, write.Key, write.Value);
        }

        _batches.EndRepair();
    }
}
