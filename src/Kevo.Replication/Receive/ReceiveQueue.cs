using Kevo.Wire;

namespace Kevo.Replication.Receive;

/// <summary>
/// The bounded queue between the receiver and the loop. One producer, one consumer, on any threads. A message counts
/// with the size of its buffer plus a fixed share for the bookkeeping around it, so the number of messages is bounded
/// too.
/// </summary>
public sealed class ReceiveQueue
{
    /// <summary>What one queued message costs besides its buffer; an upper estimate.</summary>
    public const int MessageOverheadBytes = 128;

    private readonly Lock _lock = new();
    private readonly Queue<ReceivedMessage> _queue = new();
    private readonly Signal _room = new();
    private readonly long _capacityBytes;
    private readonly MessageSpill? _spill;
    private long _queuedBytes;
    private bool _producerWaits;

    /// <summary>
    /// Makes an empty queue; one message larger than the capacity is still admitted when nothing else waits.
    /// </summary>
    public ReceiveQueue(long capacityBytes)
        : this(capacityBytes, null)
    {
    }

    /// <summary>The same, with room on disk behind it, which this queue disposes.</summary>
    internal ReceiveQueue(long capacityBytes, MessageSpill? spill)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityBytes);
        _capacityBytes = capacityBytes;
        _spill = spill;
    }

    /// <summary>Messages waiting on disk.</summary>
    public int SpilledCount
    {
        get
        {
            lock (_lock)
            {
                return _spill?.Count ?? 0;
            }
        }
    }

    /// <summary>Bytes counted against the capacity now.</summary>
    public long QueuedBytes
    {
        get
        {
            lock (_lock)
            {
                return _queuedBytes;
            }
        }
    }

    /// <summary>Messages waiting, in memory and on disk.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count + (_spill?.Count ?? 0);
            }
        }
    }

    /// <summary>Adds the message if there is room; the queue owns it then. Otherwise the caller keeps it.</summary>
    public bool TryEnqueue(in ReceivedMessage message)
    {
        int cost = CostOf(message.Message);
        lock (_lock)
        {
            if (!HasRoom(cost))
            {
                return false;
            }

            _queue.Enqueue(message);
            _queuedBytes += cost;
            return true;
        }
    }

    /// <summary>
    /// Adds a copy of the message on disk; the caller keeps the original. False when there is no disk behind the queue,
    /// or its file is full.
    /// </summary>
    /// <exception cref="Core.StorageException">The disk failed.</exception>
    internal bool TrySpill(in ReceivedMessage message)
    {
        lock (_lock)
        {
            return _spill?.TryAppend(in message) ?? false;
        }
    }

    /// <summary>
    /// Completes when there may be room for <paramref name="message"/>, or when <see cref="ReleaseProducer"/> was
    /// called.
    /// </summary>
    public ValueTask WaitForRoomAsync(in ReceivedMessage message)
    {
        lock (_lock)
        {
            if (HasRoom(CostOf(message.Message)))
            {
                return ValueTask.CompletedTask;
            }

            _producerWaits = true;
        }

        return _room.WaitAsync();
    }

    /// <summary>Takes the oldest message; the caller owns and disposes it.</summary>
    public bool TryDequeue(out ReceivedMessage message)
    {
        bool wake;
        lock (_lock)
        {
            if (!_queue.TryDequeue(out message))
            {
                return TryTakeSpilled(out message);
            }

            _queuedBytes -= CostOf(message.Message);
            wake = _producerWaits;
            _producerWaits = false;
        }

        if (wake)
        {
            _room.Set();
        }

        return true;
    }

    /// <summary>Wakes a producer that waits for room, so that it can end.</summary>
    public void ReleaseProducer() => _room.Set();

    /// <summary>Disposes everything that waits. Called when the producer has ended.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _spill?.Dispose();
        }

        while (TryDequeue(out ReceivedMessage message))
        {
            message.Message.Dispose();
        }
    }

    private bool HasRoom(int cost) =>
        _spill is not { Count: > 0 } && (_queue.Count == 0 || _queuedBytes + cost <= _capacityBytes);

    /// <summary>What is on disk is younger than what is in memory, so it comes when memory is empty.</summary>
    private bool TryTakeSpilled(out ReceivedMessage message)
    {
        if (_spill is not { Count: > 0 } spill)
        {
            message = default;
            return false;
        }

        message = spill.Take();
        return true;
    }

    private static int CostOf(StreamMessage message) => message.Capacity + MessageOverheadBytes;
}
