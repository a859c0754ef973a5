using Kevo.Core;
using Kevo.Storage;
using Kevo.Storage.Log;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// The log alone behind the applier seam: what replication and durability cost by themselves. Of the log it keeps what
/// the product keeps, so that the files of deleted segments become the next ones, as they do on a node in use.
/// </summary>
public sealed class LogApplier(WriteAheadLog log) : IWalApplier
{
    // As for the store.
    private const int EntriesInTurn = 2_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(10);

    private readonly StoreOptions _store = new() { Directory = log.Directory };
    private int _preparing;
    private int _turn;

    /// <inheritdoc/>
    public LogPosition Durable => log.Durable;

    /// <inheritdoc/>
    public void Apply(in WalEntry entry)
    {
        log.Append(in entry);
        if (++_turn == EntriesInTurn)
        {
            _turn = 0;
            _ = Thread.Yield();
        }
    }

    /// <inheritdoc/>
    public void Sync()
    {
        log.Sync();
        PrepareAhead();
    }

    /// <inheritdoc/>
    public void BeginSync()
    {
        log.BeginSync();
        PrepareAhead();
    }

    /// <inheritdoc/>
    public bool TryAwaitSync() => log.OpenFrameBytes >= _store.GrownBatchBytes || log.TryAwaitSync(s_patience);

    /// <inheritdoc/>
    public void EndSync() => log.EndSync();

    /// <inheritdoc/>
    public void Discard() => log.Discard();

    private void PrepareAhead()
    {
        if (!log.NextSegmentIsPrepared && Interlocked.CompareExchange(ref _preparing, 1, 0) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static applier => applier.Prepare(), this, preferLocal: false);
        }
    }

    private void Prepare()
    {
        IReadOnlyList<LogSegment> segments = log.ListSegments();
        log.DeleteBelow(LogSegment.StartOfLast(segments, _store.LogRetentionBytes + segments[^1].Bytes));
        log.PrepareNextSegment();
        Volatile.Write(ref _preparing, 0);
    }
}
