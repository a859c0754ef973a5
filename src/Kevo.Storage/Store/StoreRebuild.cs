using Kevo.Core;
using Kevo.Storage.Compaction;

namespace Kevo.Storage.Store;

/// <summary>
/// New content for a store, built beside the present one from keys in ascending order. It takes effect as a whole in
/// <see cref="Commit"/>; a crash or <see cref="Dispose"/> before that leaves the present content. One thread at a time.
/// </summary>
public sealed class StoreRebuild : IStoreRebuild
{
    private readonly ReplicaStore _store;
    private readonly RunWriter _writer;
    private readonly RunWriter _changes;
    private readonly List<SortedRun> _runs = [];
    private readonly List<byte[]> _lastTransaction = [];
    private bool _changing;
    private bool _broken;
    private bool _ended;

    internal StoreRebuild(ReplicaStore store, RunWriter writer, RunWriter changes)
    {
        _store = store;
        _writer = writer;
        _changes = changes;
    }

    /// <summary>Keys added so far.</summary>
    public long KeyCount { get; private set; }

    /// <summary>
    /// True from the moment the content is written whole and a commit has begun to put it in place. If that commit
    /// failed, the store waits for it to be repeated; before, a failure costs nothing but this rebuild.
    /// </summary>
    public bool IsCommitting { get; private set; }

    /// <summary>Adds a key, above every key added before, with its value; the bytes are copied.</summary>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.Corrupt"/>: the keys are not in ascending order.
    /// <see cref="StorageFault.LimitExceeded"/>: a table cannot hold the key. Or the disk failed; dispose the rebuild
    /// then.
    /// </exception>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        RequireUsable();
        if (_changing)
        {
            throw new InvalidOperationException("Changes come after everything that is added.");
        }

        _broken = true;
        _writer.Add(key, value, isTombstone: false, sequence: 0);
        _broken = false;
        KeyCount++;
    }

    /// <summary>
    /// Changes what was added, once all of it was: a put or delete of a key above every key changed before. All of it
    /// changes take effect as one: the changes become a run above that of the content.
    /// </summary>
    /// <exception cref="StorageException">As <see cref="Add"/>.</exception>
    public void Change(Operation operation, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        RequireUsable();
        _changing = true;
        _broken = true;
        _changes.Add(key, value, isTombstone: operation == Operation.Delete, sequence: 0);
        _broken = false;
    }

    /// <summary>
    /// Keeps an operation of the last transaction that the content reflects, in their order, for the log to begin with:
    /// then that transaction can be compared and served as every later one. It changes nothing of the content. Its
    /// number is the sequence given to <see cref="Commit"/>; the bytes are copied.
    /// </summary>
    public void KeepLast(in WalEntry entry)
    {
        RequireUsable();
        _lastTransaction.Add(entry.Payload.ToArray());
    }

    /// <summary>
    /// Replaces the store's content by what was added and changed, durably, and begins the epoch of
    /// <paramref name="start"/>. The writer's thread of the store, between batches. If it fails while
    /// <see cref="IsCommitting"/>, call it again with the same arguments: the store accepts nothing before it succeeds.
    /// If it fails earlier, dispose the rebuild.
    /// </summary>
    /// <param name="start">
    /// An epoch above the current one, and the sequence that the content stands for: the next transaction is the one
    /// after it.
    /// </param>
    /// <param name="setHistoryAside">
    /// True when the old history turned out not to be the primary's: its log files are kept under <c>set-aside/</c> for
    /// the operator.
    /// </param>
    /// <exception cref="StorageException">The disk failed.</exception>
    public void Commit(LogPosition start, bool setHistoryAside)
    {
        RequireUsable();
        if (!IsCommitting)
        {
            _broken = true;
            _writer.Cut();
            _changes.Cut();
            // Newest first. How many keys the changes add is not known; they are few.
            AddRun(_changes, newKeys: 0);
            AddRun(_writer, KeyCount);
            _broken = false;
            IsCommitting = true;
        }

        _store.CommitRebuild(start, [.. _runs], setHistoryAside, _lastTransaction);
        Release();
        _ended = true;
    }

    /// <summary>
    /// Gives up unless it was committed; what was written is removed. After a commit that failed half way nothing is
    /// removed, since the disk may already have the new content; the next opening decides.
    /// </summary>
    public void Dispose()
    {
        if (_ended)
        {
            return;
        }

        _ended = true;
        if (IsCommitting)
        {
            Release();
        }
        else
        {
            _store.AbandonRebuild(_writer);
            _store.AbandonRebuild(_changes);
        }
    }

    private void AddRun(RunWriter writer, long newKeys)
    {
        StoredTable[] tables = writer.Tables;
        if (tables.Length > 0)
        {
            _runs.Add(new SortedRun(tables, newKeys));
        }
    }

    private void Release()
    {
        _writer.Release();
        _changes.Release();
    }

    private void RequireUsable()
    {
        ObjectDisposedException.ThrowIf(_ended, this);
        if (_broken)
        {
            throw new InvalidOperationException("An earlier call failed; its entries are lost. Dispose this rebuild.");
        }
    }
}
