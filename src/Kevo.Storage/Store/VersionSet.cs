using Kevo.Core;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <summary>
/// The current version and its replacement. Readers take versions without a lock; the writer (rotation) and the
/// background (flush, merge) put new ones in place under a gate.
/// </summary>
internal sealed class VersionSet(StoreVersion first)
{
    private readonly Lock _gate = new();
    private StoreVersion _current = first;

    /// <summary>The current version without a reference: good for its immutable facts only.</summary>
    public StoreVersion Current => Volatile.Read(ref _current);

    /// <summary>
    /// Takes the current version, with a reference that the caller gives back, together with a position that it holds
    /// exactly.
    /// </summary>
    /// <remarks>
    /// The position is read while the version is current. What is visible then was inserted into this version's
    /// memtables, or into what they replaced, before; and its tables hold nothing newer, because only memtables whose
    /// entries are all visible are ever flushed.
    /// </remarks>
    public StoreVersion Acquire(out LogPosition position)
    {
        while (true)
        {
            StoreVersion version = Current;
            if (!version.TryAddReference())
            {
                continue;
            }

            position = version.Visible.Position;
            if (ReferenceEquals(version, Current))
            {
                return version;
            }

            version.RemoveReference();
        }
    }

    /// <summary>Makes another memtable the active one; the one before waits to be flushed.</summary>
    public void Rotate(LogMemtable active)
    {
        lock (_gate)
        {
            StoreVersion old = _current;
            Replace(new StoreVersion(old.Visible, [active, .. old.Memtables], old.Runs));
        }
    }

    /// <summary>
    /// Puts a run (null when nothing was left to write) in the place of the oldest memtables, newest first.
    /// </summary>
    public void ReplaceOldestMemtables(ReadOnlySpan<LogMemtable> flushed, SortedRun? run)
    {
        lock (_gate)
        {
            StoreVersion old = _current;
            LogMemtable[] left = old.Memtables[..^flushed.Length];
            if (!old.Memtables.AsSpan(left.Length).SequenceEqual(flushed))
            {
                throw new InvalidOperationException("Only the oldest memtables can be replaced by a run.");
            }

            Replace(new StoreVersion(old.Visible, left, WithNewest(old.Runs, run)));
        }
    }

    /// <summary>Puts one run (null when nothing was left) in the place of neighbouring ones.</summary>
    public void ReplaceRuns(IReadOnlyList<SortedRun> merged, SortedRun? run)
    {
        lock (_gate)
        {
            StoreVersion old = _current;
            Replace(new StoreVersion(old.Visible, old.Memtables, WithMerged(old.Runs, merged, run)));
        }
    }

    /// <summary>Replaces everything at once.</summary>
    public void Reset(VisibleState visible, LogMemtable active, SortedRun[] runs)
    {
        lock (_gate)
        {
            Replace(new StoreVersion(visible, [active], runs));
        }
    }

    /// <summary>The runs after a flush.</summary>
    public static SortedRun[] WithNewest(SortedRun[] runs, SortedRun? newest) =>
        newest is null ? runs : [newest, .. runs];

    /// <summary>The runs after a merge of neighbours.</summary>
    public static SortedRun[] WithMerged(SortedRun[] runs, IReadOnlyList<SortedRun> merged, SortedRun? run)
    {
        int first = Array.IndexOf(runs, merged[0]);
        if (first < 0)
        {
            throw new InvalidOperationException("The runs that were merged are not current any more.");
        }

        SortedRun[] middle = run is null ? [] : [run];
        return [.. runs[..first], .. middle, .. runs[(first + merged.Count)..]];
    }

    private void Replace(StoreVersion next)
    {
        StoreVersion old = _current;
        Volatile.Write(ref _current, next);
        old.RemoveReference();
    }
}
