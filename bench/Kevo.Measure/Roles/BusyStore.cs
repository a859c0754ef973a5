using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// A filled store whose keys are overwritten at random, as fast as it takes them, each batch synced, between
/// <see cref="Start"/> and <see cref="StopAsync"/>.
/// </summary>
internal sealed class BusyStore : IDisposable
{
    private readonly StoreWorker _worker;
    private readonly long _keys;
    private readonly int _valueSize;
    private readonly CancellationTokenSource _stop = new();
    private Task<double>? _ingest;

    private BusyStore(ReplicaStore store, StoreWorker worker, long keys, int valueSize)
    {
        Store = store;
        _worker = worker;
        _keys = keys;
        _valueSize = valueSize;
    }

    /// <summary>The store; it lives as long as this.</summary>
    public ReplicaStore Store { get; }

    /// <summary>Fills a fresh store.</summary>
    public static BusyStore Create(string directory, long keys, int valueSize, long memoryLimit)
    {
        ReplicaStore store = StoreFill.Create(directory, memoryLimit, out StoreWorker worker);
        StoreFill.Put(store, keys, valueSize, static i => i);
        return new BusyStore(store, worker, keys, valueSize);
    }

    /// <summary>Brings everything into tables; nothing is flushed or merged after it.</summary>
    public void Flush()
    {
        _worker.Dispose();
        Store.Flush();
    }

    /// <summary>Begins to overwrite.</summary>
    public void Start() => _ingest = Task.Factory.StartNew(
        () => StoreFill.PutUntil(Store, _keys, _valueSize, _stop.Token),
        CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Ends overwriting; entries per second, 0 when it had not begun.</summary>
    public async Task<double> StopAsync()
    {
        await _stop.CancelAsync();
        return _ingest is null ? 0 : await _ingest;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _worker.Dispose();
        Store.Dispose();
        _stop.Dispose();
    }
}
