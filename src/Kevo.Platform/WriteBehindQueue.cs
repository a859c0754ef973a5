using Kevo.Core;

namespace Kevo.Platform;

/// <summary>
/// Writes to a mapped file on a thread of the pool while its caller goes on filling the next bytes. One caller. Whoever
/// waits helps, so that no thread has to become free for it. Allocates nothing once its list has grown.
/// </summary>
internal sealed class WriteBehindQueue(MappedFile file) : IThreadPoolWorkItem
{
    // A monitor, not a lock, because the caller waits under it.
    private readonly object _gate = new();
    private readonly Queue<(string Operation, long Offset, ReadOnlyMemory<byte> Bytes)> _waiting = new();
    private bool _isScheduled;
    private bool _isWriting;
    private StorageException? _error;

    /// <summary>Takes a write; the bytes belong to the queue until <see cref="Finish"/>.</summary>
    public void Add(string operation, long offset, ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            _waiting.Enqueue((operation, offset, bytes));
            if (_isScheduled)
            {
                return;
            }

            _isScheduled = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Writes what still waits, and waits for what another thread writes.</summary>
    /// <exception cref="StorageException">A write failed; told once.</exception>
    public void Finish()
    {
        while (TryTake(isWorker: false, out string operation, out long offset, out ReadOnlyMemory<byte> bytes))
        {
            Write(operation, offset, bytes);
        }

        StorageException? error;
        lock (_gate)
        {
            while (_isWriting)
            {
                Monitor.Wait(_gate);
            }

            error = _error;
            _error = null;
        }

        if (error is not null)
        {
            throw error;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (TryTake(isWorker: true, out string operation, out long offset, out ReadOnlyMemory<byte> bytes))
        {
            Write(operation, offset, bytes);
        }
    }

    private bool TryTake(bool isWorker, out string operation, out long offset, out ReadOnlyMemory<byte> bytes)
    {
        lock (_gate)
        {
            bool taken = _waiting.TryDequeue(out (string Operation, long Offset, ReadOnlyMemory<byte> Bytes) write);
            (operation, offset, bytes) = write;
            if (isWorker)
            {
                _isScheduled = taken;
                _isWriting = taken;
                if (!taken)
                {
                    Monitor.PulseAll(_gate);
                }
            }

            return taken;
        }
    }

    private void Write(string operation, long offset, ReadOnlyMemory<byte> bytes)
    {
        try
        {
            file.WriteThrough(operation, offset, bytes.Span);
            file.StartWriting(offset, bytes.Length);
        }
        catch (StorageException error)
        {
            lock (_gate)
            {
                _error ??= error;
            }
        }
    }
}
