using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Kevo.Storage.Tables;

/// <summary>
/// Walks the entries of one block, data or index. Holds positions only, so that a cursor can keep it; the caller hands
/// in the same block bytes at each step. Every length is checked against the block before it is used.
/// </summary>
internal struct BlockDecoder
{
    private int _next;
    private int _entriesEnd;
    private int _restartCount;
    private int _restartIndex;
    private int _restartOffset;
    private int _keyLength;

    /// <summary>Bytes of the block that hold entries.</summary>
    public readonly int EntriesEnd => _entriesEnd;

    /// <summary>How many restart points the block has.</summary>
    public readonly int RestartCount => _restartCount;

    /// <summary>
    /// Checks the restart array and stands before the first entry; false when it contradicts the block.
    /// </summary>
    public static bool TryStart(ReadOnlySpan<byte> block, out BlockDecoder decoder)
    {
        decoder = default;
        if (block.Length < TableFormat.BlockTrailerLength + sizeof(uint))
        {
            return false;
        }

        uint count = BinaryPrimitives.ReadUInt32LittleEndian(block[^TableFormat.BlockTrailerLength..]);
        long entriesEnd = block.Length - TableFormat.BlockTrailerLength - (sizeof(uint) * (long)count);
        if (count == 0 || entriesEnd <= 0)
        {
            return false;
        }

        decoder._entriesEnd = (int)entriesEnd;
        decoder._restartCount = (int)count;
        return RestartAt(block, (int)entriesEnd, 0) == 0;
    }

    /// <summary>The offset of restart point <paramref name="index"/>.</summary>
    public readonly uint RestartAt(ReadOnlySpan<byte> block, int index) => RestartAt(block, _entriesEnd, index);

    /// <summary>Stands before the entry at restart point <paramref name="index"/>.</summary>
    public void StartAt(ReadOnlySpan<byte> block, int index)
    {
        _restartIndex = index;
        _restartOffset = (int)RestartAt(block, index);
        _next = _restartOffset;
        _keyLength = 0;
    }

    /// <summary>Decodes the next entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public BlockStep Step(ReadOnlySpan<byte> block, out BlockEntry entry)
    {
        entry = default;
        int at = _next;
        int end = _entriesEnd;
        if (at >= end)
        {
            return at == end && _restartIndex == _restartCount ? BlockStep.End : BlockStep.Malformed;
        }

        int lengthBytes = at == _restartOffset ? sizeof(ushort) : 2 * sizeof(ushort);
        if (at + lengthBytes > end)
        {
            return BlockStep.Malformed;
        }

        entry.Shared = 0;
        entry.SuffixLength = BinaryPrimitives.ReadUInt16LittleEndian(block[at..]);
        if (lengthBytes == sizeof(ushort))
        {
            if (!PassRestart(block))
            {
                return BlockStep.Malformed;
            }
        }
        else
        {
            entry.Shared = entry.SuffixLength;
            entry.SuffixLength = BinaryPrimitives.ReadUInt16LittleEndian(block[(at + sizeof(ushort))..]);
            if (entry.Shared > _keyLength || entry.Shared + entry.SuffixLength > TableFormat.MaxDecodedKeyLength)
            {
                return BlockStep.Malformed;
            }
        }

        entry.SuffixOffset = at + lengthBytes;
        int tail = entry.SuffixOffset + entry.SuffixLength;
        if (tail > end - TableFormat.EntryTailLength)
        {
            return BlockStep.Malformed;
        }

        entry.Sequence = BinaryPrimitives.ReadUInt64LittleEndian(block[tail..]);
        uint valueLength = BinaryPrimitives.ReadUInt32LittleEndian(block[(tail + sizeof(ulong))..]);
        entry.ValueOffset = tail + TableFormat.EntryTailLength;
        entry.IsTombstone = valueLength == TableFormat.TombstoneLength;
        if (entry.IsTombstone)
        {
            valueLength = 0;
        }

        if (valueLength > (uint)(end - entry.ValueOffset))
        {
            return BlockStep.Malformed;
        }

        entry.ValueLength = (int)valueLength;
        _keyLength = entry.Shared + entry.SuffixLength;
        _next = entry.ValueOffset + entry.ValueLength;
        return BlockStep.Entry;
    }

    private static uint RestartAt(ReadOnlySpan<byte> block, int entriesEnd, int index) =>
        BinaryPrimitives.ReadUInt32LittleEndian(block[(entriesEnd + (index * sizeof(uint)))..]);

    /// <summary>Takes note of the next restart offset, which must lie behind this one and among the entries.</summary>
    private bool PassRestart(ReadOnlySpan<byte> block)
    {
        _restartIndex++;
        if (_restartIndex == _restartCount)
        {
            _restartOffset = int.MaxValue;
            return true;
        }

        uint following = RestartAt(block, _restartIndex);
        if (following <= (uint)_next || following >= (uint)_entriesEnd)
        {
            return false;
        }

        _restartOffset = (int)following;
        return true;
    }
}
