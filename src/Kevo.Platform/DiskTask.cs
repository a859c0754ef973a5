using System.Diagnostics;
using Kevo.Core;

namespace Kevo.Platform;

/// <summary>
/// Work that waits for the disk, done on a thread of the pool while its owner goes on. One owner, who starts it and
/// finishes it before the next start. Whoever finishes work that no thread has begun does it itself, so that none has
/// to become free for it. Allocates nothing after it is made.
/// </summary>
public abstract class DiskTask : IThreadPoolWorkItem
{
    // A monitor, not a lock, because the owner waits under it.
    private readonly object _gate = new();
    private bool _isScheduled;
    private bool _isWaiting;
    private bool _isRunning;
    private bool _isUnfinished;
    private Func<bool>? _isBusy;
    private StorageException? _error;
    private TimeSpan _duration;

    /// <summary>The work is queued for a thread of the pool.</summary>
    public void Start()
    {
        lock (_gate)
        {
            BeginWaiting();
            if (_isScheduled)
            {
                return;
            }

            _isScheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);

        // A thread that was woken on the caller's processor would else begin when the caller's turn is over.
        _ = Thread.Yield();
    }

    /// <summary>
    /// The work is left to <see cref="Finish"/>; no other thread does it. For file systems that keep to one thread.
    /// </summary>
    /// <param name="isBusy">Asked by <see cref="TryAwait"/>; never busy when null.</param>
    public void Hold(Func<bool>? isBusy = null)
    {
        lock (_gate)
        {
            BeginWaiting();
            _isBusy = isBusy;
        }
    }

    /// <summary>Waits for the work, but not for long.</summary>
    /// <returns>
    /// Whether <see cref="Finish"/> would not wait for another thread: the work is done, or held.
    /// </returns>
    public bool TryAwait(TimeSpan atMost)
    {
        lock (_gate)
        {
            if (!_isScheduled && !_isRunning)
            {
                return !_isWaiting || _isBusy is null || !_isBusy();
            }

            long until = Stopwatch.GetTimestamp() + (long)(atMost.TotalSeconds * Stopwatch.Frequency);
            while (_isWaiting || _isRunning)
            {
                TimeSpan left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), until);
                if (left <= TimeSpan.Zero || !Monitor.Wait(_gate, left))
                {
                    return !_isWaiting && !_isRunning;
                }
            }

            return true;
        }
    }

    /// <summary>Waits for the work that was started, if there is some, or does it.</summary>
    /// <returns>How long it took; zero when there was none.</returns>
    /// <exception cref="StorageException">It failed; told once.</exception>
    public TimeSpan Finish()
    {
        if (TryTake(isWorker: false))
        {
            Run();
        }

        StorageException? error;
        TimeSpan duration;
        lock (_gate)
        {
            while (_isRunning)
            {
                Monitor.Wait(_gate);
            }

            error = _error;
            duration = _duration;
            _isUnfinished = false;
            _error = null;
            _duration = TimeSpan.Zero;
        }

        return error is null ? duration : throw error;
    }

    /// <summary>
    /// Returns when no thread is at the work any more; what none has begun is left undone. Its error is lost.
    /// </summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _isWaiting = false;
            while (_isRunning)
            {
                Monitor.Wait(_gate);
            }

            _isUnfinished = false;
            _error = null;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (TryTake(isWorker: true))
        {
            Run();
        }
    }

    /// <summary>The work; on whichever thread, once for each start.</summary>
    /// <exception cref="StorageException">Told by <see cref="Finish"/>.</exception>
    protected abstract void Work();

    /// <summary>Throws when the work of the last start is not finished.</summary>
    protected void RequireIdle()
    {
        lock (_gate)
        {
            ThrowIfUnfinished();
        }
    }

    private void BeginWaiting()
    {
        ThrowIfUnfinished();
        _isWaiting = true;
        _isUnfinished = true;
    }

    private void ThrowIfUnfinished()
    {
        if (_isUnfinished)
        {
            throw new InvalidOperationException($"{this} is not finished.");
        }
    }

    private bool TryTake(bool isWorker)
    {
        lock (_gate)
        {
            if (isWorker)
            {
                _isScheduled = false;
            }

            if (!_isWaiting)
            {
                return false;
            }

            _isWaiting = false;
            _isRunning = true;
            return true;
        }
    }

    private void Run()
    {
        StorageException? error = null;
        long started = Stopwatch.GetTimestamp();
        try
        {
            Work();
        }
        catch (StorageException failed)
        {
            error = failed;
        }
        finally
        {
            lock (_gate)
            {
                _error = error;
                _duration = Stopwatch.GetElapsedTime(started);
                _isRunning = false;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
