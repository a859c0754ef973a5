using Kevo.Core;

namespace Kevo.Storage;

/// <summary>
/// The seam on which replication is built: whatever implements it can stand behind the replica. One caller at a time.
/// </summary>
/// <remarks>
/// The caller hands over whole transactions in order: all entries of a position before the first of the next, each
/// position one above the last. Nothing is visible before it is durable, and nothing is said to be durable before
/// <see cref="Sync"/> or <see cref="EndSync"/> returns; after a crash the store holds exactly what some completed sync
/// covered, or more, always ending at a transaction.
/// </remarks>
public interface IWalApplier
{
    /// <summary>The last position that is on stable storage. Safe to read from any thread; never goes back.</summary>
    LogPosition Durable { get; }

    /// <summary>
    /// How long the disk took for the last batch that became durable; null when the store does not say. For metrics.
    /// </summary>
    TimeSpan? LastSyncDuration => null;

    /// <summary>
    /// Adds one entry to the open batch. The bytes are copied before it returns. The entry's own sequence number is its
    /// position's sequence in the current epoch.
    /// </summary>
    /// <exception cref="StorageException">
    /// The disk is full or failed; the open batch is lost, durable data is not.
    /// </exception>
    void Apply(in WalEntry entry);

    /// <summary>
    /// Closes the open batch, which must end at a transaction boundary, and makes it durable, then visible. Without an
    /// open batch it does nothing.
    /// </summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.SyncFailed"/>: final; every later call fails the same way and the process must exit.
    /// </exception>
    void Sync();

    /// <summary>
    /// Closes the open batch as <see cref="Sync"/> does, but may return while the disk is still at work on it, so that
    /// the next batch can be applied meanwhile. <see cref="Durable"/> covers it when <see cref="EndSync"/> has
    /// returned at the latest; so does the next sync of either kind, which waits for this one first. A store that does
    /// not override this just syncs.
    /// </summary>
    /// <exception cref="StorageException">As for <see cref="Sync"/>, for this batch or the one before.</exception>
    void BeginSync() => Sync();

    /// <summary>
    /// Waits for the batch before, but only for a moment, longer the more the open batch holds. When this is not
    /// enough, a caller with more to apply applies it to the same batch and asks again: so a disk that stalls does not
    /// stop those who bring entries. A store that does not override this does not ask for that.
    /// </summary>
    /// <returns>
    /// True when <see cref="BeginSync"/> need not wait, or has to because the open batch may not grow any more.
    /// </returns>
    /// <exception cref="StorageException">As for <see cref="Sync"/>, for the batch before.</exception>
    bool TryAwaitSync() => true;

    /// <summary>
    /// Waits until everything closed by <see cref="BeginSync"/> is durable and visible. The open batch stays open.
    /// </summary>
    /// <exception cref="StorageException">As for <see cref="Sync"/>.</exception>
    void EndSync()
    {
    }

    /// <summary>
    /// Forgets every entry applied since the last <see cref="Sync"/> or <see cref="BeginSync"/>, as if it had never
    /// been handed over.
    /// </summary>
    void Discard();
}
