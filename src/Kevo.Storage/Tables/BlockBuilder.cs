using System.Buffers;
using System.Buffers.Binary;
using K4os.Hash.xxHash;

namespace Kevo.Storage.Tables;

/// <summary>Encodes one block after the other into a pooled buffer. One thread.</summary>
/// <remarks>
/// <paramref name="restartInterval"/> says how many entries lie between restart points; 0 means one restart point at
/// the start of the block, which is what keeps every key reachable for stock's search.
/// </remarks>
internal sealed class BlockBuilder(int restartInterval) : IDisposable
{
    private const int RetainedLengthMax = 1 << 20;

    private const int RestartsMin = 64;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
    private int[] _restarts = ArrayPool<int>.Shared.Rent(RestartsMin);
    private int _restartCount;
    private int _length;
    private BlockKey _lastKey;

    /// <summary>Entries since the last <see cref="Clear"/>.</summary>
    public int EntryCount { get; private set; }

    /// <summary>The key added last; empty when there is none.</summary>
    public ReadOnlySpan<byte> LastKey => _lastKey.Span;

    /// <summary>The size that is compared with the block size: keys and values plus 16 per entry.</summary>
    public long ChargedLength { get; private set; }

    /// <summary>Bytes the block would have if it were finished now.</summary>
    public long Length => _length + (sizeof(uint) * _restartCount) + TableFormat.BlockTrailerLength;

    /// <summary>Adds an entry; the caller has checked order and lengths.</summary>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, bool isTombstone, ulong sequence)
    {
        bool restart = restartInterval == 0 ? EntryCount == 0 : EntryCount % restartInterval == 0;
        int shared = restart ? 0 : _lastKey.Span.CommonPrefixLength(key);
        int lengthBytes = restart ? sizeof(ushort) : 2 * sizeof(ushort);
        ReadOnlySpan<byte> suffix = key[shared..];
        Span<byte> to = Take(lengthBytes + suffix.Length + TableFormat.EntryTailLength + value.Length, restart);
        if (!restart)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(to, (ushort)shared);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(to[(lengthBytes - sizeof(ushort))..], (ushort)suffix.Length);
        suffix.CopyTo(to[lengthBytes..]);
        Span<byte> tail = to[(lengthBytes + suffix.Length)..];
        BinaryPrimitives.WriteUInt64LittleEndian(tail, sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(
            tail[sizeof(ulong)..], isTombstone ? TableFormat.TombstoneLength : (uint)value.Length);
        value.CopyTo(tail[TableFormat.EntryTailLength..]);

        _lastKey.Replace(shared, suffix);
        ChargedLength += key.Length + value.Length + TableFormat.EntryCharge;
        EntryCount++;
    }

    /// <summary>Appends restart offsets and checksum; the bytes are valid until the next change.</summary>
    public ReadOnlySpan<byte> Finish()
    {
        ReadOnlySpan<int> restarts = _restarts.AsSpan(0, _restartCount);
        Span<byte> to = Take((sizeof(uint) * restarts.Length) + TableFormat.BlockTrailerLength, false);
        foreach (int restart in restarts)
        {
            BinaryPrimitives.WriteInt32LittleEndian(to, restart);
            to = to[sizeof(uint)..];
        }

        BinaryPrimitives.WriteInt32LittleEndian(to, restarts.Length);
        ulong checksum = XXH64.DigestOf(_buffer.AsSpan(0, _length - sizeof(ulong)));
        BinaryPrimitives.WriteUInt64LittleEndian(to[sizeof(uint)..], checksum);
        return _buffer.AsSpan(0, _length);
    }

    /// <summary>Begins the next block. A buffer that one huge value made large is given back.</summary>
    public void Clear()
    {
        if (_buffer.Length > RetainedLengthMax)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = ArrayPool<byte>.Shared.Rent(32 * 1024);
        }

        _length = 0;
        ChargedLength = 0;
        EntryCount = 0;
        _restartCount = 0;
        _lastKey.Replace(0, default);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            ArrayPool<int>.Shared.Return(_restarts);
        }

        _buffer = [];
        _restarts = [];
        _lastKey.Return();
    }

    private Span<byte> Take(int length, bool restart)
    {
        if (restart)
        {
            AddRestart();
        }

        if (_buffer.Length - _length < length)
        {
            long wanted = Math.Max((long)_length + length, Math.Min(2L * _buffer.Length, Array.MaxLength));
            byte[] larger = ArrayPool<byte>.Shared.Rent(checked((int)wanted));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        Span<byte> taken = _buffer.AsSpan(_length, length);
        _length += length;
        return taken;
    }

    private void AddRestart()
    {
        if (_restartCount == _restarts.Length)
        {
            int[] larger = ArrayPool<int>.Shared.Rent(2 * _restarts.Length);
            _restarts.CopyTo(larger, 0);
            ArrayPool<int>.Shared.Return(_restarts);
            _restarts = larger;
        }

        _restarts[_restartCount++] = _length;
    }
}
