using Kevo.Core;
using Kevo.Storage;
using Kevo.Storage.Log;

namespace Kevo.Measure.Roles;

/// <summary>The log alone behind the applier seam: what replication and durability cost by themselves.</summary>
public sealed class LogApplier(WriteAheadLog log) : IWalApplier
{
    // As for the store.
    private const long GrownBatch = 16 << 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(10);

    private int _preparing;

    /// <inheritdoc/>
    public LogPosition Durable => log.Durable;

    /// <inheritdoc/>
    public void Apply(in WalEntry entry) => log.Append(in entry);

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
    public bool TryAwaitSync() => log.OpenFrameBytes >= GrownBatch || log.TryAwaitSync(s_patience);

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
        log.PrepareNextSegment();
        Volatile.Write(ref _preparing, 0);
    }
}
