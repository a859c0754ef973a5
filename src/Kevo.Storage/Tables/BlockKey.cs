using System.Buffers;

namespace Kevo.Storage.Tables;

/// <summary>
/// The key of the current entry, rebuilt from deltas in a pooled buffer. Whoever holds it returns it.
/// </summary>
internal struct BlockKey
{
    private byte[]? _buffer;
    private int _length;

    /// <summary>The key; valid until the next change.</summary>
    public readonly ReadOnlySpan<byte> Span => _buffer.AsSpan(0, _length);

    /// <summary>
    /// Keeps the first <paramref name="shared"/> bytes and puts <paramref name="suffix"/> behind them.
    /// </summary>
    public void Replace(int shared, ReadOnlySpan<byte> suffix)
    {
        int length = shared + suffix.Length;
        if (_buffer is null || _buffer.Length < length)
        {
            Grow(shared, length);
        }

        suffix.CopyTo(_buffer.AsSpan(shared));
        _length = length;
    }

    /// <summary>Gives the buffer back; the key is empty then.</summary>
    public void Return()
    {
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = null;
        _length = 0;
    }

    private void Grow(int keep, int length)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(length, 256));
        _buffer.AsSpan(0, keep).CopyTo(larger);
        if (_buffer is not null)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
        }

        _buffer = larger;
    }
}
