using Kevo.Core;

namespace Kevo.Storage.Store;

/// <content>Background work, driven from outside.</content>
public sealed partial class ReplicaStore
{
    private volatile StorageException? _backgroundFailure;

    /// <summary>
    /// Does one bounded piece of background work: <see cref="StoreOptions.StepBytes"/> of flushing or merging, a few
    /// milliseconds unless the disk is slow, or the removal of a file or a part of it. Any thread; one step runs at a
    /// time, another caller waits.
    /// </summary>
    /// <returns>False when there was nothing to do.</returns>
    /// <exception cref="StorageException">
    /// The disk is full or failed, or a table is corrupt. Nothing durable is lost; call again later. After
    /// <see cref="StorageFault.SyncFailed"/> the process must exit.
    /// </exception>
    public bool RunStep()
    {
        lock (_work)
        {
            return WorkUnderGate(_options.StepBytes, copyOnly: false);
        }
    }

    /// <summary>
    /// Why the last background step failed, or null when it did not. While this stays set the store goes on until its
    /// memory is used up, and then fails with the same error.
    /// </summary>
    public StorageException? BackgroundFailure => _backgroundFailure;

    /// <summary>How long the background may rest before a snapshot gets too old; null when none is open.</summary>
    public TimeSpan? UntilNextExpiry => _context.Snapshots.UntilNextExpiry;

    /// <summary>
    /// Writes everything visible into tables, so that a restart replays nothing. Writer's thread, between batches;
    /// takes as long as the disk takes.
    /// </summary>
    /// <exception cref="StorageException">As <see cref="RunStep"/>.</exception>
    public void Flush()
    {
        RequireBetweenBatches();
        if (!_context.Versions.Current.Memtables[0].IsEmpty)
        {
            Rotate();
        }

        while (_context.Versions.Current.Memtables.Length > 1)
        {
            RunStep();
        }
    }

    /// <summary>
    /// Asks for everything flushed so far to be merged into one run without tombstones. Returns at once; the background
    /// does it. Any thread.
    /// </summary>
    public void RequestCompaction()
    {
        lock (_work)
        {
            _maintenance.MergeAllRequested = true;
        }

        WorkArose?.Invoke();
    }

    /// <summary>
    /// The paths of the tables, oldest first: where keys overlap the later table has the newer entry.
    /// </summary>
    /// <remarks>
    /// The numbers in the names say nothing about age. Whoever hands tables to stock Kevo, which goes by name, gives
    /// them names in this order. The files stay until the next merge; <see cref="Dispose"/> keeps them.
    /// </remarks>
    public IReadOnlyList<string> GetTablePathsOldestFirst()
    {
        lock (_work)
        {
            return [.. _context.Versions.Current.Runs.Reverse().SelectMany(
                static run => run.Tables.Select(static table => table.Path))];
        }
    }

    private bool WorkUnderGate(long budget, bool copyOnly)
    {
        RequireWritable();
        try
        {
            if (copyOnly)
            {
                // Proves nothing about the steps that failed: those wait for the disk.
                return _maintenance.CopyOnly(budget);
            }

            bool worked = _maintenance.RunStep(budget);
            _backgroundFailure = null;
            return worked;
        }
        catch (StorageException error)
        {
            _backgroundFailure = error;
            if (error.Fault != StorageFault.SyncFailed)
            {
                throw;
            }

            _failure ??= error;
            throw Failed(error);
        }
    }

    private void RequireBetweenBatches()
    {
        RequireWritable();
        EndSync();
        if (_batchOpen)
        {
            throw new InvalidOperationException("A batch is open; sync or discard it first.");
        }
    }
}
