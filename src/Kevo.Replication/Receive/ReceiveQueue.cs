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
    private long _queuedBytes;
    private bool _producerWaits;

    /// <summary>
    /// Makes an empty queue; one message larger than the capacity is still admitted when nothing else waits.
    /// </summary>
    public ReceiveQueue(long capacityBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacityBytes);
        _capacityBytes = capacityBytes;
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

    /// <summary>Messages waiting.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _queue.Count;
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
                return false;
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
        while (TryDequeue(out ReceivedMessage message))
        {
            message.Message.Dispose();
        }
    }

    private bool HasRoom(int cost) => _queue.Count == 0 || _queuedBytes + cost <= _capacityBytes;

    private static int CostOf(StreamMessage message) => message.Capacity + MessageOverheadBytes;
}
