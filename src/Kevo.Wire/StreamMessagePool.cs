using System.Buffers;
using System.Numerics;

namespace Kevo.Wire;

/// <summary>
/// Keeps message buffers for reuse, message object and bytes as one piece. Thread-safe.
/// </summary>
/// <remarks>
/// Its own pool rather than the shared array pool because of the bound: the shared pool may keep 32 arrays of every
/// size for every core, which for messages of 16 MiB is half a gibibyte per core. Here what is kept never exceeds
/// <see cref="MaxRetainedBytes"/>. (Measured: for messages of 1 MiB the two are equally fast, the copy being what
/// costs; for one of 500 bytes ours takes a few hundred nanoseconds more.) Sizes are powers of two from 256 bytes to 32
/// MiB; a larger message is not kept. The pool does not limit what is rented at one time: that is the business of
/// whoever queues messages.
/// </remarks>
public sealed class StreamMessagePool
{
    /// <summary>64 MiB: about 250 relay messages, or four of the largest that a stock primary sends.</summary>
    public const long DefaultMaxRetainedBytes = 64L << 20;

    private const int SmallestLog2 = 8;
    private const int LargestLog2 = 25;

    private readonly Lock _gate = new();
    private readonly Stack<StreamMessage>[] _free = new Stack<StreamMessage>[LargestLog2 - SmallestLog2 + 1];
    private long _retainedBytes;
    private long _outstandingBytes;
    private int _outstanding;

    /// <summary>
    /// Creates an empty pool that keeps at most <paramref name="maxRetainedBytes"/> bytes of free buffers.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is negative.</exception>
    public StreamMessagePool(long maxRetainedBytes = DefaultMaxRetainedBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxRetainedBytes);
        MaxRetainedBytes = maxRetainedBytes;
        for (int i = 0; i < _free.Length; i++)
        {
            _free[i] = new Stack<StreamMessage>();
        }
    }

    /// <summary>The pool of the process, for whoever has no reason to count separately.</summary>
    public static StreamMessagePool Shared { get; } = new();

    /// <summary>The most bytes of free buffers kept.</summary>
    public long MaxRetainedBytes { get; }

    /// <summary>Messages rented and not yet disposed.</summary>
    public int Outstanding => Volatile.Read(ref _outstanding);

    /// <summary>Bytes of the buffers of all messages rented and not yet disposed.</summary>
    public long OutstandingBytes => Volatile.Read(ref _outstandingBytes);

    /// <summary>Bytes of free buffers kept now.</summary>
    public long RetainedBytes => Volatile.Read(ref _retainedBytes);

    /// <summary>A message that holds a copy of <paramref name="response"/>; the caller disposes it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The response is longer than an array can be.</exception>
    public StreamMessage Copy(in ReadOnlySequence<byte> response)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(response.Length, Array.MaxLength, nameof(response));
        StreamMessage message = Rent((int)response.Length, out Memory<byte> destination);
        response.CopyTo(destination.Span);
        return message;
    }

    /// <summary>A message that holds a copy of <paramref name="response"/>; the caller disposes it.</summary>
    public StreamMessage Copy(ReadOnlySpan<byte> response)
    {
        StreamMessage message = Rent(response.Length, out Memory<byte> destination);
        response.CopyTo(destination.Span);
        return message;
    }

    internal void Return(StreamMessage message)
    {
        Interlocked.Decrement(ref _outstanding);
        Interlocked.Add(ref _outstandingBytes, -message.Capacity);
        int log2 = BitOperations.Log2((uint)message.Capacity);
        if (log2 > LargestLog2 || !BitOperations.IsPow2(message.Capacity))
        {
            return;
        }

        lock (_gate)
        {
            if (_retainedBytes + message.Capacity <= MaxRetainedBytes)
            {
                _retainedBytes += message.Capacity;
                _free[log2 - SmallestLog2].Push(message);
            }
        }
    }

    /// <summary>
    /// A message of <paramref name="length"/> bytes for the caller to fill before anybody reads it; the caller disposes
    /// it. What
    /// <paramref name="destination"/> holds is left over from an earlier message.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The length is negative.</exception>
    public StreamMessage Rent(int length, out Memory<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        StreamMessage message = TakeFree(length) ?? new StreamMessage(this, CapacityFor(length));
        Interlocked.Increment(ref _outstanding);
        Interlocked.Add(ref _outstandingBytes, message.Capacity);
        destination = message.Rent(length);
        return message;
    }

    private StreamMessage? TakeFree(int length)
    {
        int capacity = CapacityFor(length);
        int index = BitOperations.Log2((uint)capacity) - SmallestLog2;
        if (index >= _free.Length || !BitOperations.IsPow2(capacity))
        {
            return null;
        }

        lock (_gate)
        {
            if (!_free[index].TryPop(out StreamMessage? message))
            {
                return null;
            }

            _retainedBytes -= message.Capacity;
            return message;
        }
    }

    private static int CapacityFor(int length) => length switch
    {
        <= 1 << SmallestLog2 => 1 << SmallestLog2,
        > 1 << LargestLog2 => length,
        _ => (int)BitOperations.RoundUpToPowerOf2((uint)length),
    };
}
