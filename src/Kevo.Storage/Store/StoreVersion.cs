using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <summary>
/// The store's content at one moment as a fixed set of parts: memtables and runs, newest first. Immutable but for its
/// count of users, which keeps every part in place; a snapshot is a user. Thread-safe.
/// </summary>
internal sealed class StoreVersion
{
    private int _references = 1;

    /// <summary>Makes a version and takes a reference on each part.</summary>
    public StoreVersion(VisibleState visible, LogMemtable[] memtables, SortedRun[] runs)
    {
        Visible = visible;
        Memtables = memtables;
        Runs = runs;
        foreach (LogMemtable memtable in memtables)
        {
            memtable.AddReference();
        }

        foreach (SortedRun run in runs)
        {
            foreach (StoredTable table in run.Tables)
            {
                table.AddReference();
            }
        }
    }

    /// <summary>The epoch of this content and how far readers may see in it.</summary>
    public VisibleState Visible { get; }

    /// <summary>The active memtable, then those waiting to be flushed, newest first.</summary>
    public LogMemtable[] Memtables { get; }

    /// <summary>The runs of tables, newest first.</summary>
    public SortedRun[] Runs { get; }

    /// <summary>Adds a user unless the last one is gone already.</summary>
    public bool TryAddReference()
    {
        int seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    /// <summary>Takes a user away; the last one lets go of every part.</summary>
    public void RemoveReference()
    {
        if (Interlocked.Decrement(ref _references) != 0)
        {
            return;
        }

        foreach (LogMemtable memtable in Memtables)
        {
            memtable.RemoveReference();
        }

        foreach (SortedRun run in Runs)
        {
            foreach (StoredTable table in run.Tables)
            {
                table.RemoveReference();
            }
        }
    }
}
