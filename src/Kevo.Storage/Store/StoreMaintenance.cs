using Kevo.Core;
using Kevo.Core.Tracing;
using Kevo.Storage.Compaction;
using Kevo.Storage.Log;

namespace Kevo.Storage.Store;

/// <summary>
/// The background work as a sequence of bounded steps: flush, merge, removal of files, preparation and trimming of the
/// log, ageing of snapshots. Not thread-safe: its owner runs one step at a time, under its gate.
/// </summary>
/// <remarks>
/// A result counts only from the checkpoint that lists it on: first the new tables are durable, then the checkpoint is
/// replaced, then readers get the new version, then the inputs are removed. A crash in between leaves files that no
/// checkpoint lists, which opening removes.
/// </remarks>
internal sealed partial class StoreMaintenance(StoreContext context, LogTrimmer trimmer)
{
    // Runs of the last decision, so that the policy is asked again only when they changed.
    private SortedRun[]? _judgedRuns;
    private int _mergeDue;
    private bool _flushedLast;
    private bool _removedLast;
    private bool _trimDue;
    private long _copied;

    /// <summary>Set to merge everything into one run, as soon as everything is flushed.</summary>
    public bool MergeAllRequested { get; set; }

    /// <summary>
    /// Bytes of entries that flushes and merges have gone through since the store was opened. Any thread.
    /// </summary>
    public long Copied => Volatile.Read(ref _copied);

    /// <summary>Memtables that wait to be flushed.</summary>
    private int PendingFlushes => context.Versions.Current.Memtables.Length - 1;

    /// <summary>
    /// Does one piece of work of about <paramref name="budget"/> bytes; false when there was none to do.
    /// </summary>
    /// <exception cref="StorageException">
    /// The disk failed or a table is corrupt. Nothing that was durable is lost and a later step tries again, except
    /// after <see cref="StorageFault.SyncFailed"/>, after which no step may be run.
    /// </exception>
    public bool RunStep(long budget)
    {
        context.Snapshots.ExpireOld();

        // One part of a file between two other steps, so that the disk is never kept busy with discarding alone.
        if (!context.Obsolete.IsEmpty && !_removedLast)
        {
            _removedLast = true;
            context.Obsolete.RemoveNext();
            return true;
        }

        _removedLast = false;

        if (context.Log.Durable.Epoch != 0 && context.Log.PrepareNextSegment())
        {
            return true;
        }

        if (_trimDue)
        {
            _trimDue = false;
            trimmer.Trim(context.Checkpoint.Current.Position);
            return true;
        }

        bool mergeDue = _merge is not null || NextMerge() > 0;
        if (PendingFlushes > 0 && !(mergeDue && _flushedLast && PendingFlushes == 1))
        {
            _flushedLast = true;
            StepFlush(budget);
            return true;
        }

        _flushedLast = false;
        if (mergeDue)
        {
            StepMerge(budget);
            return true;
        }

        return !context.Obsolete.IsEmpty;
    }

    /// <summary>
    /// Copies about <paramref name="budget"/> bytes of the work under way, on behalf of the writer: nothing is synced,
    /// published or removed. False when there is nothing to copy.
    /// </summary>
    /// <exception cref="StorageException">As <see cref="RunStep"/>.</exception>
    public bool CopyOnly(long budget)
    {
        if (_flush is not null && !_flushWritten
            && StepOrAbandon(_flush, budget, mayPublish: false, AbandonFlush, _flushSpan))
        {
            return true;
        }

        return _merge is not null && !_mergeWritten
            && StepOrAbandon(_merge, budget, mayPublish: false, AbandonMerge, _mergeSpan);
    }

    /// <summary>Gives up the work under way, because the content it belongs to is being replaced.</summary>
    public void AbandonJobs()
    {
        AbandonFlush();
        AbandonMerge();
        _judgedRuns = null;
        MergeAllRequested = false;
    }

    /// <summary>
    /// Runs a part of a job. A failure ends the job, so that the next step begins it anew; its files are removed. After
    /// a failed sync nothing is touched any more: recovery decides from what is there.
    /// </summary>
    private bool StepOrAbandon(
        RewriteJob job, long budget, bool mayPublish, Action abandon, TraceSpan span)
    {
        long before = job.Progress;
        try
        {
            bool result = mayPublish ? job.Step(budget) : job.CopyOnly(budget);
            Volatile.Write(ref _copied, _copied + job.Progress - before);
            return result;
        }
        catch (StorageException error) when (error.Fault != StorageFault.SyncFailed)
        {
            span.Fail(error);
            abandon();
            throw;
        }
    }
}
