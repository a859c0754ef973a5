using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Kevo;

/// <summary>
/// Looks a key up in a table exactly as stock does, including what is wrong with it: within a block, index or data, it
/// takes the first restart point at or behind the target, without looking at the entries before that point. It predicts
/// what stock finds; to read data, use <see cref="TableReader.Get"/>.
/// </summary>
internal static class StockTableSearch
{
    /// <summary>What stock's lookup in this table says.</summary>
    public static TableLookup Get(TableReader table, ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (table.SmallestKey.IsEmpty)
        {
            // An empty key makes stock take the table for exhausted.
            return TableLookup.Absent;
        }

        try
        {
            int block = FindBlock(table, key);
            ReadOnlySpan<byte> bytes = table.VerifiedBlock(block);
            if (!TrySeek(bytes, key, out BlockEntry entry, out bool isEqual) || !isEqual)
            {
                return TableLookup.Absent;
            }

            if (entry.IsTombstone)
            {
                return TableLookup.Tombstone;
            }

            value = bytes.Slice(entry.ValueOffset, entry.ValueLength);
            return TableLookup.Found;
        }
        catch (StorageException e) when (e.Fault == StorageFault.Corrupt)
        {
            // Stock reports a damaged block as "no such key".
            return TableLookup.Absent;
        }
    }

    /// <summary>
    /// The block that stock's search in the index arrives at; the last one when all index keys are before.
    /// </summary>
    private static int FindBlock(TableReader table, ReadOnlySpan<byte> key)
    {
        ReadOnlySpan<byte> index = table.IndexBlock;
        if (!TrySeek(index, key, out BlockEntry entry, out _))
        {
            return table.BlockCount - 1;
        }

        long offset = BinaryPrimitives.ReadInt64LittleEndian(index[entry.ValueOffset..]);
        return table.BlockAt(offset);
    }

    /// <summary>Stock's search within a block; false when it ends behind the last entry.</summary>
    private static bool TrySeek(
        ReadOnlySpan<byte> block, ReadOnlySpan<byte> key, out BlockEntry entry, out bool isEqual)
    {
        BlockDecoder.TryStart(block, out BlockDecoder decoder);
        int low = 0;
        int high = decoder.RestartCount;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (KeyAtRestart(block, decoder, middle).SequenceCompareTo(key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        bool found = low < decoder.RestartCount;
        decoder.StartAt(block, found ? low : decoder.RestartCount - 1);
        int matched = 0;
        while (decoder.Step(block, out entry) == BlockStep.Entry)
        {
            if (!found && entry.Shared > matched)
            {
                continue;
            }

            ReadOnlySpan<byte> suffix = block.Slice(entry.SuffixOffset, entry.SuffixLength);
            ReadOnlySpan<byte> target = key[entry.Shared..];
            matched = entry.Shared + suffix.CommonPrefixLength(target);
            int order = suffix.SequenceCompareTo(target);
            if (found || order >= 0)
            {
                isEqual = order == 0;
                return true;
            }
        }

        isEqual = false;
        return false;
    }

    private static ReadOnlySpan<byte> KeyAtRestart(ReadOnlySpan<byte> block, in BlockDecoder decoder, int restart)
    {
        int at = (int)decoder.RestartAt(block, restart);
        return block.Slice(at + sizeof(ushort), BinaryPrimitives.ReadUInt16LittleEndian(block[at..]));
    }
}
