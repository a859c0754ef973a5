using Kevo.Core.Testing;
using Kevo.Core.Tracing;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <content>Merging: neighbouring runs become one.</content>
internal sealed partial class StoreMaintenance
{
    private RewriteJob? _merge;
    private SortedRun[] _merged = [];
    private bool _mergesOldest;
    private bool _mergeWritten;
    private TraceSpan _mergeSpan;

    /// <summary>How many of the newest runs should be merged now; 0 for none.</summary>
    private int NextMerge()
    {
        SortedRun[] runs = context.Versions.Current.Runs;
        if (MergeAllRequested && PendingFlushes == 0)
        {
            return runs.Length;
        }

        if (!ReferenceEquals(runs, _judgedRuns))
        {
            Span<long> sizes = stackalloc long[runs.Length];
            for (int i = 0; i < runs.Length; i++)
            {
                sizes[i] = runs[i].FileBytes;
            }

            _judgedRuns = runs;
            _mergeDue = CompactionPolicy.Choose(sizes, FlushBytes, context.Options.Compaction);
        }

        return _mergeDue;
    }

    // What a memtable leaves on disk: about its log bytes, which are most of it.
    private long FlushBytes => Math.Max(context.Options.MemtableBytes / 2, 1);

    private void StepMerge(long budget)
    {
        if (_merge is null)
        {
            BeginMerge();
        }

        if (!_mergeWritten)
        {
            _mergeWritten = StepOrAbandon(_merge!, budget, mayPublish: true, AbandonMerge, _mergeSpan);
        }

        if (_mergeWritten)
        {
            FinishMerge();
        }
    }

    private void BeginMerge()
    {
        _mergeSpan = Spans.Start(SpanTable.Compaction);
        SortedRun[] runs = context.Versions.Current.Runs;
        _merged = runs[..NextMerge()];
        MergeAllRequested = false;
        _mergesOldest = _merged.Length == runs.Length;
        foreach (StoredTable table in _merged.SelectMany(static run => run.Tables))
        {
            table.AddReference();
        }

        bool dropTombstones = _mergesOldest || PlantedBugs.Has(PlantedBug.MergeLosesTombstones);
        List<RewritePart> parts = MergePlan.Build(_merged, dropTombstones, context.Options.TableBytes / 4);
        _merge = new RewriteJob(parts, context.NewRunWriter(), dropTombstones, estimator: null);
        _mergeWritten = false;
    }

    private void FinishMerge()
    {
        StoredTable[] tables = _merge!.Writer.Tables;
        long newKeys = _mergesOldest
            ? tables.Sum(static table => table.Description.EntryCount)
            : _merged.Sum(static run => run.NewKeys);
        SortedRun? run = tables.Length == 0 ? null : new SortedRun(tables, newKeys);
        SortedRun[] runs = VersionSet.WithMerged(context.Versions.Current.Runs, _merged, run);

        HashSet<StoredTable> kept = [.. tables];
        if (PlantedBugs.Has(PlantedBug.MergeInputsRemovedEarly))
        {
            QueueInputs(kept);
            while (!context.Obsolete.IsEmpty)
            {
                context.Obsolete.RemoveNext();
            }
        }

        // As in a flush: repeated until a save succeeds.
        context.Checkpoint.Save(context.Checkpoint.Current.Position, runs);
        context.Versions.ReplaceRuns(_merged, run);
        context.Counters.CountMerge(_merge.Writer.BytesWritten);
        QueueInputs(kept);
        _merge.Writer.Release();
        _mergeSpan.Set(SpanAttributes.Bytes, _merge.Progress)
            .Set(SpanAttributes.WrittenBytes, _merge.Writer.BytesWritten)
            .Set(SpanAttributes.Tables, tables.Length);
        EndMerge();
    }

    private void QueueInputs(HashSet<StoredTable> kept)
    {
        foreach (StoredTable table in _merged.SelectMany(static input => input.Tables))
        {
            if (!kept.Contains(table))
            {
                context.Obsolete.AddTable(table);
            }
        }
    }

    private void AbandonMerge()
    {
        _merge?.Abandon();
        EndMerge();
    }

    private void EndMerge()
    {
        foreach (StoredTable table in _merged.SelectMany(static run => run.Tables))
        {
            table.RemoveReference();
        }

        _merged = [];
        _merge = null;
        _mergeWritten = false;
        _mergeSpan.Dispose();
        _mergeSpan = default;
    }
}
