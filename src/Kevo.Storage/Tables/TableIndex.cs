using System.Buffers;
using System.Buffers.Binary;

namespace Kevo.Storage.Tables;

/// <summary>
/// A table's index block, decoded once at open: about 24 bytes of memory per data block besides its key. Immutable
/// until <see cref="Dispose"/>, which must be the last call.
/// </summary>
/// <remarks>
/// A search compares eight key bytes as one number, taken behind the prefix that all index keys have in common, and
/// touches whole keys only where those agree. The memory is pooled: tables come and go with every flush and merge, and
/// would leave some bytes of garbage for each entry written.
/// </remarks>
internal sealed class TableIndex : IDisposable
{
    private readonly byte[] _keys;
    private readonly int[] _keyEnds;
    private readonly long[] _blockEnds;
    private readonly ulong[] _heads;
    private readonly int _commonLength;
    private bool _disposed;

    private TableIndex(int count, byte[] keys, int[] keyEnds, long[] blockEnds)
    {
        Count = count;
        _keys = keys;
        _keyEnds = keyEnds;
        _blockEnds = blockEnds;
        _commonLength = Key(0).CommonPrefixLength(Key(Count - 1));
        _heads = ArrayPool<ulong>.Shared.Rent(count);
        for (int i = 0; i < count; i++)
        {
            _heads[i] = KeyHead.Of(Key(i)[_commonLength..]);
        }
    }

    /// <summary>Data blocks in the table; at least 1.</summary>
    public int Count { get; }

    /// <summary>
    /// Decodes a checksum-verified index block; null when it is consistent, else what is wrong with it.
    /// </summary>
    /// <param name="block">The index block.</param>
    /// <param name="dataEnd">The first offset behind the data blocks.</param>
    /// <param name="index">The result.</param>
    public static string? TryDecode(ReadOnlySpan<byte> block, long dataEnd, out TableIndex? index)
    {
        index = null;
        if (!BlockDecoder.TryStart(block, out BlockDecoder decoder))
        {
            return "the restart array of the index does not fit it";
        }

        BlockKey key = default;
        try
        {
            return Decode(block, decoder, dataEnd, ref key, out index);
        }
        finally
        {
            key.Return();
        }
    }

    /// <summary>The index key of block <paramref name="block"/>: its first key, or one at or behind its last.</summary>
    public ReadOnlySpan<byte> Key(int block)
    {
        int start = block == 0 ? 0 : _keyEnds[block - 1];
        return _keys.AsSpan(start, _keyEnds[block] - start);
    }

    /// <summary>Where a data block begins in the file.</summary>
    public long Offset(int block) => block == 0 ? 0 : _blockEnds[block - 1];

    /// <summary>Length of a data block in bytes.</summary>
    public int Length(int block) => (int)(_blockEnds[block] - Offset(block));

    /// <summary>The number of the block that begins at <paramref name="offset"/>.</summary>
    public int BlockAt(long offset) => offset == 0 ? 0 : _blockEnds.AsSpan(0, Count).BinarySearch(offset) + 1;

    /// <summary>
    /// The first block whose index key is at or after <paramref name="key"/>; <see cref="Count"/> if none.
    /// </summary>
    public int LowerBound(ReadOnlySpan<byte> key)
    {
        if (_commonLength > 0)
        {
            int length = Math.Min(_commonLength, key.Length);
            int order = key[..length].SequenceCompareTo(_keys.AsSpan(0, _commonLength));
            if (order != 0)
            {
                return order < 0 ? 0 : Count;
            }
        }

        ReadOnlySpan<byte> rest = key[_commonLength..];
        ulong head = KeyHead.Of(rest);
        ReadOnlySpan<ulong> heads = _heads.AsSpan(0, Count);
        int low = 0;
        int high = heads.Length;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) >> 1);
            ulong at = heads[middle];
            bool before = at < head || (at == head && Key(middle)[_commonLength..].SequenceCompareTo(rest) < 0);
            if (before)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>Gives the memory back; once only, whoever calls it again.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, true))
        {
            return;
        }

        ArrayPool<byte>.Shared.Return(_keys);
        ArrayPool<int>.Shared.Return(_keyEnds);
        ArrayPool<long>.Shared.Return(_blockEnds);
        ArrayPool<ulong>.Shared.Return(_heads);
    }

    private static string? Decode(
        ReadOnlySpan<byte> block, BlockDecoder decoder, long dataEnd, ref BlockKey key, out TableIndex? index)
    {
        index = null;
        string? fault = Check(block, decoder, dataEnd, ref key, out int count, out long keyBytes);
        if (fault is not null)
        {
            return fault;
        }

        byte[] keys = ArrayPool<byte>.Shared.Rent((int)keyBytes);
        int[] keyEnds = ArrayPool<int>.Shared.Rent(count);
        long[] blockEnds = ArrayPool<long>.Shared.Rent(count);
        int keyEnd = 0;
        for (int i = 0; i < count; i++)
        {
            decoder.Step(block, out BlockEntry entry);
            key.Replace(entry.Shared, block.Slice(entry.SuffixOffset, entry.SuffixLength));
            key.Span.CopyTo(keys.AsSpan(keyEnd));
            keyEnd += key.Span.Length;
            keyEnds[i] = keyEnd;
            blockEnds[i] = (i == 0 ? 0 : blockEnds[i - 1])
                + BinaryPrimitives.ReadInt32LittleEndian(block[(entry.ValueOffset + sizeof(ulong))..]);
        }

        index = new TableIndex(count, keys, keyEnds, blockEnds);
        return null;
    }

    /// <summary>Says what is wrong, or how much memory the index takes, so that it is asked for once.</summary>
    private static string? Check(
        ReadOnlySpan<byte> block,
        BlockDecoder decoder,
        long dataEnd,
        ref BlockKey key,
        out int count,
        out long keyBytes)
    {
        count = 0;
        keyBytes = 0;
        long expected = 0;
        BlockStep step;
        while ((step = decoder.Step(block, out BlockEntry entry)) == BlockStep.Entry)
        {
            if (entry.IsTombstone || entry.ValueLength != TableFormat.IndexValueLength)
            {
                return "an index entry does not hold the place of a block";
            }

            ReadOnlySpan<byte> suffix = block.Slice(entry.SuffixOffset, entry.SuffixLength);
            if (count > 0 && suffix.SequenceCompareTo(key.Span[entry.Shared..]) <= 0)
            {
                return "the keys of the index do not ascend";
            }

            key.Replace(entry.Shared, suffix);
            ulong offset = BinaryPrimitives.ReadUInt64LittleEndian(block[entry.ValueOffset..]);
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(block[(entry.ValueOffset + sizeof(ulong))..]);
            if (offset != (ulong)expected || length == 0 || length > int.MaxValue || length > dataEnd - expected)
            {
                return "the index does not describe consecutive blocks";
            }

            expected += length;
            keyBytes += key.Span.Length;
            count++;
        }

        if (step == BlockStep.Malformed || expected != dataEnd)
        {
            return "the entries of the index contradict its length";
        }

        return keyBytes > Array.MaxLength ? "the keys of the index are longer than any memory" : null;
    }
}
