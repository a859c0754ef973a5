using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Core.Tracing;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <content>Flushing: the oldest waiting memtable becomes the newest run.</content>
internal sealed partial class StoreMaintenance
{
    private RewriteJob? _flush;
    private LogMemtable? _flushed;

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
            _flushWritten = StepOrAbandon(_flush!, budget, AbandonFlush, _flushSpan);
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
        LogMemtable memtable = _flushBase.Memtables[^1];
        SortedRun[] runs = _flushBase.Runs;
        _flushed = memtable;
        _estimator = new NewKeyEstimator(runs);
        var part = new RewritePart { Open = () => new MemtableEntryCursor(memtable.Table, ulong.MaxValue) };
        bool dropTombstones = runs.Length == 0 || PlantedBugs.Has(PlantedBug.FlushLosesTombstones);
        _flush = new RewriteJob([part], context.NewRunWriter(), dropTombstones, _estimator);
        _flushWritten = false;
    }

    private void FinishFlush()
    {
        StoredTable[] tables = _flush!.Writer.Tables;
        SortedRun? run = tables.Length == 0 ? null : new SortedRun(tables, _estimator!.NewKeys);
        StoreVersion version = context.Versions.Current;
        var position = new LogPosition(version.Visible.Epoch, _flushed!.LastSequence);

        // Should this fail, the step is repeated: until a save succeeds nobody knows which checkpoint the disk has.
        context.Checkpoint.Save(position, VersionSet.WithNewest(version.Runs, run));
        context.Versions.ReplaceOldestMemtable(_flushed, run);
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
        _flushed = null;
        _flush = null;
        _estimator = null;
        _flushWritten = false;
        _flushSpan.Dispose();
        _flushSpan = default;
    }
}
