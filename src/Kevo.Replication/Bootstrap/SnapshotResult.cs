using Kevo.Storage;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// One finished walk over the primary, compared with what this node holds. Dispose it when it is not applied.
/// </summary>
internal sealed class SnapshotResult(List<ContentChange> changes, IStoreRebuild? rebuild) : IDisposable
{
    /// <summary>
    /// What differs, in ascending order of keys; empty when <see cref="Rebuild"/> has everything instead.
    /// </summary>
    public List<ContentChange> Changes { get; } = changes;

    /// <summary>All of the primary's content, to be committed; null when the changes are few enough.</summary>
    public IStoreRebuild? Rebuild { get; } = rebuild;

    /// <summary>
    /// The primary's last synced sequence right before the walk: everything up to it is in the result.
    /// </summary>
    public required ulong SequenceBefore { get; init; }

    /// <summary>The primary's last synced sequence right after the walk.</summary>
    public required ulong SequenceAfter { get; init; }

    /// <summary>
    /// Whether the primary said that it had synced what it sent. One that does not (<c>wal_sync_mode</c> 0 or 1) cannot
    /// say whether a transaction fell into the walk.
    /// </summary>
    public required bool Counts { get; init; }

    /// <summary>
    /// When the last row had come; without a count, when all live writes had come, too, that were sent before.
    /// Timestamp of the time provider.
    /// </summary>
    public required long WalkedAt { get; init; }

    /// <summary>Rows of the walk.</summary>
    public required long Keys { get; init; }

    /// <summary>Bytes of keys and values of the walk.</summary>
    public required long Bytes { get; init; }

    /// <summary>Whether anything differed.</summary>
    public bool Differs => Rebuild is not null || Changes.Count > 0;

    /// <inheritdoc/>
    public void Dispose() => Rebuild?.Dispose();
}
