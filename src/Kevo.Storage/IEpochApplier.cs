using Kevo.Core;

namespace Kevo.Storage;

/// <summary>
/// A store whose history can be begun anew: what a replica needs to follow a relay whose epoch is not the first. A
/// store without it can only follow a history of epoch 1 from its first transaction.
/// </summary>
public interface IEpochApplier : IWalApplier
{
    /// <summary>
    /// Begins a new epoch on what the store holds: the next transaction is the one after <paramref name="start"/>.
    /// Durable when it returns; <see cref="IWalApplier.Durable"/> is <paramref name="start"/> then. Called between
    /// batches.
    /// </summary>
    /// <param name="start">
    /// An epoch above that of <see cref="IWalApplier.Durable"/>, and the sequence that the present content stands for
    /// in it.
    /// </param>
    /// <exception cref="InvalidOperationException">
    /// A batch is open, or the epoch is not above the current one.
    /// </exception>
    /// <exception cref="StorageException">The disk is full or failed.</exception>
    void BeginEpoch(LogPosition start);
}
