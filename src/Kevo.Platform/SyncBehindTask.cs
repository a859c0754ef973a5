using System.Diagnostics;
using Kevo.Core;

namespace Kevo.Platform;

/// <summary>
/// Syncs one range of a mapped file on a thread of the pool while its caller goes on. One caller, one sync at a time.
/// Whoever waits for a sync that no thread has begun does it itself, so that none has to become free for it. Allocates
/// nothing after it is made.
/// </summary>
internal sealed class SyncBehindTask(MappedFile file) : IThreadPoolWorkItem
{
    // A monitor, not a lock, because the caller waits under it.
    private readonly object _gate = new();
    private string _operation = "";
    private long _offset;
    private long _length;
    private bool _isScheduled;
    private bool _isWaiting;
    private bool _isSyncing;
    private StorageException? _error;
    private TimeSpan _duration;

    /// <summary>Takes a sync, to be finished by <see cref="Finish"/> before the next is started.</summary>
    public void Start(string operation, long offset, long length)
    {
        lock (_gate)
        {
            if (_isWaiting || _isSyncing)
            {
                throw new InvalidOperationException($"A sync of {file.Path} is under way.");
            }

            (_operation, _offset, _length) = (operation, offset, length);
            _isWaiting = true;
            if (_isScheduled)
            {
                return;
            }

            _isScheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Whether the sync that was started last is not over, or not even begun.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (_gate)
            {
                return _isWaiting || _isSyncing;
            }
        }
    }

    /// <summary>Waits for the sync that was started, if there is one, or does it.</summary>
    /// <returns>How long the disk took; zero when there was none.</returns>
    /// <exception cref="StorageException">It failed; told once.</exception>
    public TimeSpan Finish()
    {
        if (TryTake(isWorker: false))
        {
            Sync();
        }

        StorageException? error;
        TimeSpan duration;
        lock (_gate)
        {
            while (_isSyncing)
            {
                Monitor.Wait(_gate);
            }

            error = _error;
            duration = _duration;
            _error = null;
            _duration = TimeSpan.Zero;
        }

        return error is null ? duration : throw error;
    }

    /// <summary>
    /// Returns when no thread is in a sync any more; one that none has begun is left out. Its error is lost.
    /// </summary>
    public void Abandon()
    {
        lock (_gate)
        {
            _isWaiting = false;
            while (_isSyncing)
            {
                Monitor.Wait(_gate);
            }

            _error = null;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        if (TryTake(isWorker: true))
        {
            Sync();
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
            _isSyncing = true;
            return true;
        }
    }

    private void Sync()
    {
        StorageException? error = null;
        long started = Stopwatch.GetTimestamp();
        try
        {
            file.Sync(_operation, _offset, _length);
        }
        catch (StorageException failed)
        {
            error = failed;
        }

        lock (_gate)
        {
            _error = error;
            _duration = Stopwatch.GetElapsedTime(started);
            _isSyncing = false;
            Monitor.PulseAll(_gate);
        }
    }
}
