using Kevo.Core;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <content>Epochs: a new history on the same content, or on content built anew.</content>
public sealed partial class ReplicaStore
{
    /// <summary>
    /// Begins a new epoch on the present content: the next transaction is the one after <paramref name="start"/>.
    /// Everything is flushed first, so this takes as long as the disk takes. Writer's thread, between batches.
    /// </summary>
    /// <param name="start">
    /// An epoch above the current one, and the sequence that the present content stands for in it.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// A batch is open, or the epoch is not above the current one.
    /// </exception>
    /// <exception cref="StorageException">
    /// The disk failed. Call again with the same position before anything is applied.
    /// </exception>
    public void BeginEpoch(LogPosition start)
    {
        RequireNewEpoch(start);
        if (Durable.Epoch != 0)
        {
            Flush();
        }

        lock (_work)
        {
            EnterEpoch(start, _context.Versions.Current.Runs, []);
        }
    }

    /// <summary>
    /// Starts to build content that will replace the present one in a new epoch. The present content stays readable,
    /// and writable, until the commit.
    /// </summary>
    public StoreRebuild BeginRebuild()
    {
        RequireWritable();
        return new StoreRebuild(this, _context.NewRunWriter(), _context.NewRunWriter());
    }

    /// <inheritdoc/>
    IStoreRebuild IRebuildableStore.BeginRebuild() => BeginRebuild();

    /// <summary>
    /// Makes runs, newest first, the whole content; none leaves it empty. Called by
    /// <see cref="StoreRebuild.Commit"/>.
    /// </summary>
    internal void CommitRebuild(
        LogPosition start, SortedRun[] runs, bool setHistoryAside, IReadOnlyList<byte[]> lastTransaction)
    {
        RequireNewEpoch(start);
        lock (_work)
        {
            if (setHistoryAside && Durable.Epoch != 0)
            {
                _context.Directory.SetLogAside(Durable.Epoch);
            }

            SortedRun[] replaced = _context.Versions.Current.Runs;
            _maintenance.AbandonJobs();
            EnterEpoch(start, runs, lastTransaction);
            foreach (StoredTable table in replaced.SelectMany(static old => old.Tables))
            {
                _context.Obsolete.AddTable(table);
            }
        }

        WorkArose?.Invoke();
    }

    /// <summary>Gives up what a rebuild wrote.</summary>
    internal void AbandonRebuild(RunWriter writer)
    {
        lock (_work)
        {
            writer.Abandon();
        }

        WorkArose?.Invoke();
    }

    /// <summary>
    /// The switch: the checkpoint decides. From its replacement on the directory has the new epoch, whether or not the
    /// log has begun it; opening begins it if this process does not get so far, then without the last transaction.
    /// </summary>
    private void EnterEpoch(LogPosition start, SortedRun[] runs, IReadOnlyList<byte[]> lastTransaction)
    {
        _unfinishedEpoch = start;
        try
        {
            _context.Checkpoint.Save(start, runs);
            _context.Log.Discard();
            _context.Log.BeginEpoch(start, lastTransaction);
        }
        catch (StorageException error) when (error.Fault == StorageFault.SyncFailed)
        {
            _failure ??= error;
            throw;
        }

        LogMemtable active = NewMemtable();
        _context.Versions.Reset(new VisibleState(start), active, runs);
        _trimmer.Mark(start);
        _unfinishedEpoch = null;
        _waiters.Advance(start);
    }

    private void RequireNewEpoch(LogPosition start)
    {
        RequireBetweenBatches();
        if (start.Epoch <= Durable.Epoch)
        {
            throw new InvalidOperationException($"Epoch {start.Epoch} cannot follow epoch {Durable.Epoch}.");
        }
    }
}
