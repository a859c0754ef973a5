using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Core.Tracing;
using Kevo.Storage.Compaction;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Store;

/// <content>Flushing: the oldest waiting memtables become the newest run.</content>
internal sealed partial class StoreMaintenance
{
    /// <summary>
    /// Memtables that one flush takes when so many wait. A backlog then makes fewer, larger runs, which saves a part of
    /// the merging. Not all of them, because a flush gives their memory back only when it is done.
    /// </summary>
    private const int FlushedTogetherMax = 2;

    private RewriteJob? _flush;

    // Newest first.
    private LogMemtable[] _flushed = [];

    // Keeps what the flush reads, the memtable and the runs whose filters are asked, whatever merges meanwhile.
    private StoreVersion? _flushBase;
    private NewKeyEstimator? _estimator;
    private bool _flushWritten;
    private TraceSpan _flushSpan;

    private void StepFlush(long budget)
    {
        if (_flush is null)
        {
            BeginFlush();
        }

        if (!_flushWritten)
        {
            _flushWritten = StepOrAbandon(_flush!, budget, mayPublish: true, AbandonFlush, _flushSpan);
        }

        if (_flushWritten)
        {
            FinishFlush();
        }
    }

    private void BeginFlush()
    {
        _flushSpan = Spans.Start(SpanTable.Flush);
        _flushBase = context.Versions.Acquire(out _);
        int count = Math.Min(_flushBase.Memtables.Length - 1, FlushedTogetherMax);
        LogMemtable[] memtables = _flushBase.Memtables[^count..];
        SortedRun[] runs = _flushBase.Runs;
        _flushed = memtables;
        _estimator = new NewKeyEstimator(runs);
        var part = new RewritePart { Open = () => OpenAll(memtables) };
        bool dropTombstones = runs.Length == 0 || PlantedBugs.Has(PlantedBug.FlushLosesTombstones);
        _flush = new RewriteJob([part], context.NewRunWriter(), dropTombstones, _estimator);
        _flushWritten = false;
    }

    private static IOrderedCursor OpenAll(LogMemtable[] newestFirst)
    {
        IOrderedCursor[] cursors =
            [.. newestFirst.Select(memtable => new MemtableEntryCursor(memtable.Table, ulong.MaxValue))];
        return cursors.Length == 1 ? cursors[0] : new MergingCursor(cursors);
    }

    private void FinishFlush()
    {
        StoredTable[] tables = _flush!.Writer.Tables;
        SortedRun? run = tables.Length == 0 ? null : new SortedRun(tables, _estimator!.NewKeys);
        StoreVersion version = context.Versions.Current;
        var position = new LogPosition(version.Visible.Epoch, _flushed[0].LastSequence);

        // Should this fail, the step is repeated: until a save succeeds nobody knows which checkpoint the disk has.
        context.Checkpoint.Save(position, VersionSet.WithNewest(version.Runs, run));
        context.Versions.ReplaceOldestMemtables(_flushed, run);
        context.Counters.CountFlush(_flush.Writer.BytesWritten);
        _flush.Writer.Release();
        _trimDue = true;
        _flushSpan.Set(position)
            .Set(SpanAttributes.Bytes, _flush.Progress)
            .Set(SpanAttributes.WrittenBytes, _flush.Writer.BytesWritten)
            .Set(SpanAttributes.Tables, tables.Length);
        EndFlush();
    }

    private void AbandonFlush()
    {
        _flush?.Abandon();
        EndFlush();
    }

    private void EndFlush()
    {
        _flushBase?.RemoveReference();
        _flushBase = null;
        _flushed = [];
        _flush = null;
        _estimator = null;
        _flushWritten = false;
        _flushSpan.Dispose();
        _flushSpan = default;
    }
}
