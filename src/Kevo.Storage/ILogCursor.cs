using Kevo.Core;

namespace Kevo.Storage;

/// <summary>
/// Walks the durable batches of a log forwards. One thread at a time; the batch's bytes live until the next move.
/// </summary>
public interface ILogCursor : IDisposable
{
    /// <summary>Moves to the next durable batch; false when there is none yet (more may come later).</summary>
    /// <exception cref="StorageException">The batch fails its checksum; the message names file and offset.</exception>
    bool MoveNext();

    /// <summary>The position of the first transaction of the current batch.</summary>
    LogPosition FirstPosition { get; }

    /// <summary>The position of the last transaction of the current batch.</summary>
    LogPosition LastPosition { get; }

    /// <summary>How many entries the current batch has.</summary>
    int EntryCount { get; }

    /// <summary>
    /// Reads the current batch's next entry; false at its end. The entry is valid until the cursor moves on.
    /// </summary>
    bool TryReadEntry(out WalEntry entry);
}
