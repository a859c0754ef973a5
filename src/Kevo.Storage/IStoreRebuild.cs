using Kevo.Core;

namespace Kevo.Storage;

/// <summary>
/// New content for a store, built beside the present one from keys in ascending order. It takes effect as a whole in
/// <see cref="Commit"/>; a crash or a dispose before that leaves the present content. One thread at a time.
/// </summary>
public interface IStoreRebuild : IDisposable
{
    /// <summary>Keys added so far.</summary>
    long KeyCount { get; }

    /// <summary>Adds a key, above every key added before, with its value; the bytes are copied.</summary>
    /// <exception cref="StorageException">The keys are not in ascending order, or the disk failed.</exception>
    void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>
    /// Changes what was added, once all of it was: a put or delete of a key above every key changed before. Content and
    /// changes take effect as one.
    /// </summary>
    /// <exception cref="StorageException">The keys are not in ascending order, or the disk failed.</exception>
    void Change(Operation operation, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>
    /// Keeps an operation of the last transaction that the content reflects, in their order, for the log to begin with,
    /// so that it can be compared with the primary's. Changes nothing of the content; a store without a log may pass it
    /// over.
    /// </summary>
    void KeepLast(in WalEntry entry)
    {
    }

    /// <summary>
    /// Replaces the store's content by what was added and changed, durably, and begins the epoch of
    /// <paramref name="start"/>. Called by the store's writer, between batches.
    /// </summary>
    /// <param name="start">An epoch above the current one, and the sequence the content stands for in it.</param>
    /// <param name="setHistoryAside">
    /// True keeps the old log for the operator, because it is not the primary's history.
    /// </param>
    /// <exception cref="StorageException">The disk failed; it may be called again.</exception>
    void Commit(LogPosition start, bool setHistoryAside);
}
