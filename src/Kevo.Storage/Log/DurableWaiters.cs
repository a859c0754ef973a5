using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>
/// Those who wait for a position to become durable. Costs the writer one read when nobody waits. Continuations run
/// elsewhere, never on the writer's stack. Thread-safe.
/// </summary>
internal sealed class DurableWaiters
{
    private readonly Lock _gate = new();
    private readonly List<Waiter> _waiters = [];
    private int _count;
    private Exception? _failure;

    /// <summary>
    /// Waits; <paramref name="durable"/> is asked once more after registering, so that no advance is missed.
    /// </summary>
    internal async ValueTask WaitAsync(
        LogPosition position, Func<LogPosition> durable, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new Waiter(this, position);
        lock (_gate)
        {
            if (_failure is not null)
            {
                throw _failure;
            }

            _waiters.Add(waiter);
            // The full fence pairs with the one in Advance: either the writer sees this count, or this thread its
            // position.
            Interlocked.Exchange(ref _count, _waiters.Count);
        }

        if (durable() >= position)
        {
            Remove(waiter);
            return;
        }

        using (cancellationToken.UnsafeRegister(
            static (state, token) => ((Waiter)state!).Cancel(token), waiter))
        {
            await waiter.Task;
        }
    }

    /// <summary>Completes those whose position is reached. The new position must be readable before.</summary>
    internal void Advance(LogPosition durable)
    {
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _count) == 0)
        {
            return;
        }

        lock (_gate)
        {
            for (int i = _waiters.Count - 1; i >= 0; i--)
            {
                if (_waiters[i].Position <= durable)
                {
                    _waiters[i].TrySetResult();
                    _waiters.RemoveAt(i);
                }
            }

            _count = _waiters.Count;
        }
    }

    /// <summary>Fails all who wait and all who will.</summary>
    internal void Fail(Exception failure)
    {
        lock (_gate)
        {
            _failure ??= failure;
            foreach (Waiter waiter in _waiters)
            {
                waiter.TrySetException(failure);
            }

            _waiters.Clear();
            _count = 0;
        }
    }

    private void Remove(Waiter waiter)
    {
        lock (_gate)
        {
            _waiters.Remove(waiter);
            _count = _waiters.Count;
        }
    }

    private sealed class Waiter(DurableWaiters owner, LogPosition position)
        : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        internal LogPosition Position { get; } = position;

        internal void Cancel(CancellationToken token)
        {
            owner.Remove(this);
            TrySetCanceled(token);
        }
    }
}
