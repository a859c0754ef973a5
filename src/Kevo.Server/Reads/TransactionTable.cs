using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Kevo.Server.Reads;

/// <summary>
/// The open transactions by id. An id names its node and is random, so it never equals an id of the primary or of
/// another replica. Expiry is exact for the caller (looked at on every use) and swept in the background for the rest.
/// </summary>
internal sealed class TransactionTable : IDisposable
{
    /// <summary>How often abandoned transactions are looked for while any is open.</summary>
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, OpenTransaction> _open = new(StringComparer.Ordinal);
    private readonly TimeProvider _time;
    private readonly TransactionLimits _limits;
    private readonly string _prefix;
    private readonly ITimer _sweep;
    private readonly Lock _counting = new();
    private int _count;
    private long _expired;
    private bool _closed;

    public TransactionTable(string nodeId, TransactionLimits limits, TimeProvider time)
    {
        _time = time;
        _limits = limits;
        _prefix = $"r-{nodeId}-";
        _sweep = time.CreateTimer(
            static table => ((TransactionTable)table!).Sweep(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>Transactions open now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Transactions that ended by expiry.</summary>
    public long Expired => Interlocked.Read(ref _expired);

    /// <summary>Takes a place for a new transaction before anything is opened for it.</summary>
    /// <exception cref="Grpc.Core.RpcException">The limit is reached, or the server is stopping.</exception>
    public TransactionPlace Reserve()
    {
        lock (_counting)
        {
            if (_closed)
            {
                throw Refusals.Stopping();
            }

            if (_count >= _limits.MaxOpen)
            {
                SweepNow();
            }

            if (_count >= _limits.MaxOpen)
            {
                throw Refusals.TooManyTransactions(_limits.MaxOpen);
            }

            if (_count++ == 0)
            {
                _sweep.Change(SweepInterval, SweepInterval);
            }

            return new TransactionPlace(this);
        }
    }

    /// <summary>Finds an open transaction and counts this as a use of it.</summary>
    /// <exception cref="Grpc.Core.RpcException">There is none of this id (any more).</exception>
    public OpenTransaction Use(string id)
    {
        if (!_open.TryGetValue(id, out OpenTransaction? transaction))
        {
            throw Refusals.TransactionNotFound(id);
        }

        long now = _time.GetTimestamp();
        if (transaction.IsExpired(_time, now, _limits.Idle))
        {
            Expire(transaction);
            throw Refusals.TransactionNotFound(id);
        }

        transaction.Touch(now);
        return transaction;
    }

    /// <summary>Removes a transaction; whoever gets true ends it.</summary>
    public bool TryRemove(string id, [NotNullWhen(true)] out OpenTransaction? transaction)
    {
        if (!_open.TryRemove(id, out transaction))
        {
            return false;
        }

        Forget();
        return true;
    }

    /// <summary>Ends every transaction and refuses new ones.</summary>
    public void Dispose()
    {
        lock (_counting)
        {
            _closed = true;
        }

        _sweep.Dispose();
        foreach (OpenTransaction transaction in _open.Values)
        {
            if (TryRemove(transaction.Id, out OpenTransaction? removed))
            {
                removed.Dispose();
            }
        }
    }

    /// <summary>Gives a reserved place back that was not used.</summary>
    internal void Abandon() => Forget();

    /// <summary>Fills a reserved place; the table owns the transaction from here on.</summary>
    internal ReadTransaction AddRead(SnapshotView view) =>
        Add(new ReadTransaction(NewId(), view, _limits.ReadLife, _time.GetTimestamp()));

    /// <summary>Fills a reserved place with a transaction of the primary.</summary>
    internal ForwardedTransaction AddForwarded(string primaryId) =>
        Add(new ForwardedTransaction(NewId(), primaryId, _limits.WriteLife, _time.GetTimestamp()));

    private T Add<T>(T transaction)
        where T : OpenTransaction
    {
        lock (_counting)
        {
            if (!_closed)
            {
                _open[transaction.Id] = transaction;
                return transaction;
            }
        }

        transaction.Dispose();
        throw Refusals.Stopping();
    }

    private string NewId() => _prefix + RandomNumberGenerator.GetHexString(24, lowercase: true);

    private void Forget()
    {
        lock (_counting)
        {
            if (--_count == 0 && !_closed)
            {
                _sweep.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void Sweep()
    {
        lock (_counting)
        {
            SweepNow();
        }
    }

    private void SweepNow()
    {
        long now = _time.GetTimestamp();
        foreach (OpenTransaction transaction in _open.Values)
        {
            if (transaction.IsExpired(_time, now, _limits.Idle))
            {
                Expire(transaction);
            }
        }
    }

    private void Expire(OpenTransaction transaction)
    {
        if (TryRemove(transaction.Id, out OpenTransaction? removed))
        {
            Interlocked.Increment(ref _expired);
            removed.Dispose();
        }
    }
}
