using System.Globalization;
using Grpc.Core;
using Kevo.Relay.Stock;

namespace Kevo.Relay.StockServer;

/// <summary>The open transactions of the simulated primary: ids, locks, buffers, expiry. Thread-safe.</summary>
internal sealed class StockTransactions : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, StockTransaction> _open = [];
    private readonly StockTransactionLock _lock = new();
    private readonly StockPrimaryHost _host;
    private readonly StockPrimaryOptions _options;
    private readonly TimeProvider _time;
    private readonly ITimer _cleaner;
    private ulong _lastId;

    public StockTransactions(StockPrimaryHost host, StockPrimaryOptions options, TimeProvider time)
    {
        _host = host;
        _options = options;
        _time = time;
        _cleaner = time.CreateTimer(
            _ => Expire(), null, options.TransactionCleanupInterval, options.TransactionCleanupInterval);
    }

    /// <summary>Callers that wait for the lock.</summary>
    public int Waiting => _lock.Waiting;

    public async Task<string> BeginAsync(bool readOnly, CancellationToken cancellationToken)
    {
        Expire();
        using var timeout = new CancellationTokenSource(_options.TransactionBeginTimeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await _lock.AcquireAsync(!readOnly, both.Token);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            throw new RpcException(new Status(
                StatusCode.DeadlineExceeded,
                "failed to begin transaction: transaction creation timed out: context deadline exceeded"));
        }

        lock (_gate)
        {
            string id = string.Create(CultureInfo.InvariantCulture, $"tx-{++_lastId}");
            _open.Add(id, new StockTransaction(id, readOnly, _time.GetUtcNow()));
            return id;
        }
    }

    /// <summary>Runs <paramref name="use"/> on an open transaction.</summary>
    /// <exception cref="RpcException">UNKNOWN, no such transaction.</exception>
    public T Use<T>(string id, Func<StockTransaction, T> use)
    {
        lock (_gate)
        {
            StockTransaction transaction = Find(id);
            transaction.LastUsed = _time.GetUtcNow();
            return use(transaction);
        }
    }

    /// <summary>Forgets a transaction without giving its lock back, as stock does after a bad key.</summary>
    public void Leak(string id)
    {
        lock (_gate)
        {
            _open.Remove(id);
        }
    }

    public async Task CommitAsync(string id, CancellationToken cancellationToken)
    {
        StockTransaction transaction = Take(id);
        try
        {
            if (transaction.Operations.Count > 0)
            {
                StockOperation[] operations = [.. transaction.Operations.Values];
                await _host.CallAsync(model => Boxed(model.Commit(operations)), cancellationToken);
            }
        }
        finally
        {
            _lock.Release(!transaction.ReadOnly);
        }
    }

    public void Rollback(string id) => _lock.Release(!Take(id).ReadOnly);

    /// <summary>
    /// Runs something under the lock that batches take alone and scans share. A caller that gives up stays queued, so
    /// the wait is not cancelled.
    /// </summary>
    public async Task<T> WithLockAsync<T>(bool exclusive, Func<Task<T>> body)
    {
        await _lock.AcquireAsync(exclusive, CancellationToken.None);
        try
        {
            return await body();
        }
        finally
        {
            _lock.Release(exclusive);
        }
    }

    public void Dispose() => _cleaner.Dispose();

    internal static object? Boxed(ulong? number) => number;

    private StockTransaction Take(string id)
    {
        lock (_gate)
        {
            StockTransaction transaction = Find(id);
            _open.Remove(id);
            return transaction;
        }
    }

    private StockTransaction Find(string id) =>
        _open.TryGetValue(id, out StockTransaction? found)
            ? found
            : throw new RpcException(new Status(StatusCode.Unknown, $"transaction not found: {id}"));

    private void Expire()
    {
        DateTimeOffset now = _time.GetUtcNow();
        List<StockTransaction> expired = [];
        lock (_gate)
        {
            foreach (StockTransaction transaction in _open.Values)
            {
                TimeSpan life = transaction.ReadOnly
                    ? _options.ReadOnlyTransactionLife
                    : _options.ReadWriteTransactionLife;
                if (now - transaction.LastUsed >= _options.TransactionIdle || now - transaction.Created >= life)
                {
                    expired.Add(transaction);
                }
            }

            foreach (StockTransaction transaction in expired)
            {
                _open.Remove(transaction.Id);
            }
        }

        foreach (StockTransaction transaction in expired)
        {
            _lock.Release(!transaction.ReadOnly);
        }
    }
}
