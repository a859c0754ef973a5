namespace Kevo.Wire;

/// <summary>
/// The bytes of one <c>WALStreamResponse</c> as they arrived, in a pooled buffer. Nothing is parsed: that is the work
/// of the thread that reads it.
/// </summary>
/// <remarks>
/// Whoever receives the message owns it and disposes it exactly once; then the buffer belongs to somebody else and
/// every span taken from it is void. Reading or disposing it a second time throws as long as the message lies in its
/// pool. Once it has been rented again that mistake cannot be seen any more, so hand it over rather than share it. Not
/// thread-safe; it may pass from thread to thread.
/// </remarks>
public sealed class StreamMessage : IDisposable
{
    private readonly StreamMessagePool _pool;
    private readonly byte[] _buffer;
    private int _length;
    private int _rented;

    internal StreamMessage(StreamMessagePool pool, int capacity)
    {
        _pool = pool;
        _buffer = GC.AllocateUninitializedArray<byte>(capacity);
    }

    /// <summary>Bytes of the response.</summary>
    /// <exception cref="ObjectDisposedException">The message was disposed.</exception>
    public int Length
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _rented) == 0, this);
            return _length;
        }
    }

    /// <summary>The encoded response; valid until the message is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The message was disposed.</exception>
    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>
    /// Bytes that the buffer takes, at least <see cref="Length"/>: what a bound on memory has to count.
    /// </summary>
    public int Capacity => _buffer.Length;

    /// <summary>
    /// Starts reading the response. The reader and its entries are valid until the message is disposed.
    /// </summary>
    /// <exception cref="Core.ProtocolException">The bytes are no well-formed response.</exception>
    /// <exception cref="ObjectDisposedException">The message was disposed.</exception>
    public StreamResponseReader Read() => new(Span);

    /// <summary>Gives the buffer back to its pool.</summary>
    /// <exception cref="InvalidOperationException">The message was disposed before.</exception>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, 0) == 0)
        {
            throw new InvalidOperationException(
                "A stream message was disposed twice; its buffer may be in use elsewhere.");
        }

        _pool.Return(this);
    }

    /// <summary>The part of the buffer that the pool fills after renting the message for so many bytes.</summary>
    internal Memory<byte> Rent(int length)
    {
        _length = length;
        Volatile.Write(ref _rented, 1);
        return _buffer.AsMemory(0, length);
    }
}
