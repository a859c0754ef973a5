using Kevo.Core;

namespace Kevo.Storage;

/// <summary>
/// A store whose history can be begun anew: what a replica needs to follow a relay whose epoch is not the first, and to
/// take over a snapshot. A store without it can only follow a history from its first transaction.
/// </summary>
public interface IEpochApplier : IWalApplier
{
    /// <summary>
    /// Makes the next transaction the first of a new epoch, with sequence <paramref name="lastSequence"/> + 1. Called
    /// without an open batch. What the store holds stays and is what the new epoch builds on. Nothing is durable or
    /// visible before the <see cref="IWalApplier.Sync"/> that ends the first batch of the epoch, which makes both the
    /// change of epoch and the batch durable in one step; <see cref="IWalApplier.Discard"/> or a crash before it undoes
    /// both.
    /// </summary>
    /// <param name="epoch">Above the epoch of <see cref="IWalApplier.Durable"/>.</param>
    /// <param name="lastSequence">The sequence before the first of the epoch; 0 for a history from its beginning.</param>
    /// <exception cref="ArgumentOutOfRangeException">The epoch is not above the current one.</exception>
    /// <exception cref="StorageException">The disk is full or failed.</exception>
    void BeginEpoch(ulong epoch, ulong lastSequence);
}
