using Kevo.Core;

namespace Kevo.Storage;

/// <summary>
/// The seam on which replication is built: whatever implements it can stand behind the replica. One caller at a time.
/// </summary>
/// <remarks>
/// The caller hands over whole transactions in order: all entries of a position before the first of the next, each
/// position one above the last. Nothing is visible or durable before <see cref="Sync"/> returns; after a crash the
/// store holds exactly what some completed <see cref="Sync"/> covered, or more, always ending at a transaction.
/// </remarks>
public interface IWalApplier
{
    /// <summary>The last position that is on stable storage. Safe to read from any thread; never goes back.</summary>
    LogPosition Durable { get; }

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
    /// Forgets every entry applied since the last <see cref="Sync"/>, as if it had never been handed over.
    /// </summary>
    void Discard();
}
