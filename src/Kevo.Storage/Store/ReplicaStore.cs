using Kevo.Core;
using Kevo.Storage.Compaction;
using Kevo.Storage.Log;
using Kevo.Storage.Memtable;
using Microsoft.Extensions.Logging;

namespace Kevo.Storage.Store;

/// <summary>
/// The replica's store: the log, memtables over its newest part, and tables for the rest. Entries become durable and
/// visible together in <see cref="Sync"/>; readers see exactly the history up to one position. <c>docs/STORE.md</c>
/// explains the parts.
/// </summary>
/// <remarks>
/// <para>
/// One owner writes: <see cref="Apply"/>, <see cref="Sync"/>, <see cref="BeginSync"/>, <see cref="TryAwaitSync"/>,
/// <see cref="EndSync"/>, <see cref="Discard"/>, <see cref="Flush"/>, <see cref="BeginEpoch"/>, the commit of a
/// <see cref="StoreRebuild"/> and <see cref="Dispose"/> are never called at the same time. Everything else may be
/// called from any thread.
/// </para>
/// <para>
/// The store starts no thread. Somebody calls <see cref="RunStep"/> until it returns false, and again after
/// <see cref="WorkArose"/>: a <see cref="StoreWorker"/> in production, the simulator in tests. An owner that never does
/// it still gets a working store, which then does the work inside <see cref="Apply"/>.
/// </para>
/// <para>A failed sync is final: every later call that would write fails with
/// <see cref="StorageFault.SyncFailed"/>.</para>
/// </remarks>
public sealed partial class ReplicaStore : IRebuildableStore, IDisposable
{
    private readonly StoreOptions _options;
    private readonly IDisposable _lock;
    private readonly StoreContext _context;
    private readonly LogTrimmer _trimmer;
    private readonly StoreMaintenance _maintenance;
    private readonly NodePools _pools;
    private readonly DurableWaiters _waiters = new();
    private readonly ILogger _logger;

    // Held during a background step and while the content is replaced; the maintenance belongs to whoever holds it.
    private readonly Lock _work = new();

    private volatile StorageException? _failure;
    private bool _disposed;

    private ReplicaStore(IDisposable directoryLock, StoreContext context, NodePools pools, ILogger logger)
    {
        _options = context.Options;
        _lock = directoryLock;
        _context = context;
        _pools = pools;
        _logger = logger;
        _trimmer = new LogTrimmer(context.Log, context.Options.LogRetentionBytes);
        _maintenance = new StoreMaintenance(context, _trimmer);
    }

    /// <summary>
    /// The log, for those who follow this node and for looking at the transactions held. Its writing members belong to
    /// the store.
    /// </summary>
    public WriteAheadLog Log => _context.Log;

    /// <inheritdoc/>
    public LogPosition Durable => _context.Log.Durable;

    /// <inheritdoc/>
    public LogPosition Visible => _context.Versions.Current.Visible.Position;

    /// <summary>The position up to which everything is in tables. Restart replays the log from there.</summary>
    public LogPosition CheckpointPosition => _context.Checkpoint.Current.Position;

    /// <summary>The failed sync after which the store accepts nothing, or null.</summary>
    public StorageException? Failure => _failure ?? _context.Log.Failure;

    /// <summary>
    /// Raised when there may be background work, on the thread that made it; handlers are quick and never throw.
    /// </summary>
    public event Action? WorkArose;

    /// <inheritdoc/>
    /// <exception cref="StorageException">
    /// <see cref="StorageFault.LimitExceeded"/>: too many snapshots are open.
    /// </exception>
    public ISnapshot OpenSnapshot()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _context.Snapshots.Open(_context.Versions);
    }

    /// <inheritdoc/>
    public ValueTask WaitForVisibleAsync(LogPosition position, CancellationToken cancellationToken) =>
        Visible >= position
            ? ValueTask.CompletedTask
            : _waiters.WaitAsync(position, () => Visible, cancellationToken);

    /// <inheritdoc/>
    public StoreStatistics GetStatistics()
    {
        StoreVersion version = _context.Versions.Acquire(out _);
        try
        {
            return StatisticsOf(version);
        }
        finally
        {
            version.RemoveReference();
        }
    }

    /// <summary>
    /// Closes the store without flushing; what the log holds is replayed at the next opening. Snapshots still open stay
    /// readable until they are disposed. Nothing else may be called any more.
    /// </summary>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        lock (_work)
        {
            _maintenance.AbandonJobs();
            _waiters.Fail(new ObjectDisposedException(nameof(ReplicaStore)));
            _context.Versions.Current.RemoveReference();
            _context.Log.Dispose();
            _lock.Dispose();
        }
    }

    private StoreStatistics StatisticsOf(StoreVersion version)
    {
        long keys = 0;
        long dataBytes = 0;
        long tableBytes = 0;
        int tables = 0;
        foreach (SortedRun run in version.Runs)
        {
            keys += run.NewKeys;
            tableBytes += run.FileBytes;
            tables += run.Tables.Length;
            double bytesPerEntry = (double)run.DataBytes / Math.Max(run.EntryCount, 1);
            dataBytes += (long)(bytesPerEntry * Math.Max(run.NewKeys, 0));
        }

        // Of a memtable's keys it is not known which are new; the newest run's share stands in for them.
        double newShare = version.Runs.Length < 2
            ? 1
            : Math.Clamp((double)version.Runs[0].NewKeys / Math.Max(version.Runs[0].EntryCount, 1), 0, 1);
        foreach (LogMemtable memtable in version.Memtables)
        {
            MemoryTable table = memtable.Table;
            keys += (long)(table.KeyCount * newShare);
            dataBytes += (long)(table.PayloadBytes * newShare * table.KeyCount / Math.Max(table.EntryCount, 1));
        }

        StoreCounters counters = _context.Counters;
        long written = counters.FlushedBytes + counters.MergedBytes;
        return new StoreStatistics
        {
            EstimatedKeyCount = Math.Max(keys, 0),
            EstimatedDataBytes = Math.Max(dataBytes, 0),
            LogBytes = _context.Log.GetStatistics().Bytes,
            TableBytes = tableBytes,
            TableCount = tables,
            RunCount = version.Runs.Length,
            MemtableCount = version.Memtables.Length,
            FlushCount = counters.Flushes,
            CompactionCount = counters.Merges,
            WriteAmplification = counters.FlushedBytes == 0 ? 1 : (double)written / counters.FlushedBytes,
            SpaceAmplification = dataBytes <= 0 ? 1 : Math.Max(1, (double)tableBytes / dataBytes),
            OpenSnapshots = _context.Snapshots.Count,
        };
    }
}
