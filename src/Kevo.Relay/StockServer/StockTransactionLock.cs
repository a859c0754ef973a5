namespace Kevo.Relay.StockServer;

/// <summary>
/// The lock that batches and read-write transactions take alone and scans and read-only transactions share. First come,
/// first served: once a writer waits, later readers wait behind it. Thread-safe.
/// </summary>
internal sealed class StockTransactionLock
{
    private readonly Lock _gate = new();
    private readonly LinkedList<(bool Exclusive, TaskCompletionSource Granted)> _waiting = [];
    private int _readers;
    private bool _writer;

    /// <summary>Callers in the queue.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate)
            {
                return _waiting.Count;
            }
        }
    }

    /// <summary>Takes the lock; a cancelled wait leaves the queue.</summary>
    public async Task AcquireAsync(bool exclusive, CancellationToken cancellationToken)
    {
        LinkedListNode<(bool, TaskCompletionSource Granted)> place;
        lock (_gate)
        {
            if (_waiting.Count == 0 && CanGrant(exclusive))
            {
                Grant(exclusive);
                return;
            }

            place = _waiting.AddLast(
                (exclusive, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)));
        }

        using CancellationTokenRegistration registration = cancellationToken.Register(() => Leave(place));
        await place.Value.Granted.Task;
    }

    /// <summary>Gives the lock back.</summary>
    public void Release(bool exclusive)
    {
        lock (_gate)
        {
            if (exclusive)
            {
                _writer = false;
            }
            else
            {
                _readers--;
            }

            GrantWaiting();
        }
    }

    private void Leave(LinkedListNode<(bool, TaskCompletionSource Granted)> place)
    {
        lock (_gate)
        {
            if (place.List is null)
            {
                return;
            }

            _waiting.Remove(place);
            place.Value.Granted.TrySetCanceled();
            GrantWaiting();
        }
    }

    private void GrantWaiting()
    {
        while (_waiting.First is { } first && CanGrant(first.Value.Exclusive))
        {
            _waiting.RemoveFirst();
            Grant(first.Value.Exclusive);
            first.Value.Granted.TrySetResult();
        }
    }

    private bool CanGrant(bool exclusive) => !_writer && (!exclusive || _readers == 0);

    private void Grant(bool exclusive)
    {
        if (exclusive)
        {
            _writer = true;
        }
        else
        {
            _readers++;
        }
    }
}
