using Kevo.Core;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <content>Flushing: the oldest waiting memtable becomes the newest run.</content>
internal sealed partial class StoreMaintenance
{
    private RewriteJob? _flush;
    private LogMemtable? _flushed;
    private NewKeyEstimator? _estimator;
    private bool _flushWritten;

    /// <summary>The memtable that is flushed next; null when none waits.</summary>
    private LogMemtable? OldestWaiting()
    {
        LogMemtable[] memtables = context.Versions.Current.Memtables;
        return memtables.Length > 1 ? memtables[^1] : null;
    }

    private void StepFlush(long budget)
    {
        if (_flush is null)
        {
            BeginFlush();
        }

        if (!_flushWritten)
        {
            _flushWritten = StepOrAbandon(_flush!, budget, AbandonFlush);
        }

        if (_flushWritten)
        {
            FinishFlush();
        }
    }

    private void BeginFlush()
    {
        LogMemtable memtable = OldestWaiting()!;
        memtable.AddReference();
        _flushed = memtable;
        SortedRun[] runs = context.Versions.Current.Runs;
        _estimator = new NewKeyEstimator(runs);
        var part = new RewritePart { Open = () => new MemtableEntryCursor(memtable.Table, ulong.MaxValue) };
        _flush = new RewriteJob([part], context.NewRunWriter(), dropTombstones: runs.Length == 0, _estimator);
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
        EndFlush();
    }

    private void AbandonFlush()
    {
        _flush?.Abandon();
        EndFlush();
    }

    private void EndFlush()
    {
        _flushed?.RemoveReference();
        _flushed = null;
        _flush = null;
        _estimator = null;
        _flushWritten = false;
    }
}
