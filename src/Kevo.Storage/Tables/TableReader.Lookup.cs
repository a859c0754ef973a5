using System.Buffers.Binary;

namespace Kevo.Storage.Tables;

/// <content>Point lookups.</content>
public sealed partial class TableReader
{
    /// <summary>Looks a key up without allocating.</summary>
    /// <param name="key">The key, not empty.</param>
    /// <param name="value">The value if found; it lives as long as the reader.</param>
    /// <param name="sequence">The sequence number stored with the entry; 0 when absent.</param>
    /// <exception cref="Core.StorageException">The block that should answer is corrupt.</exception>
    public TableLookup Get(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value, out ulong sequence)
    {
        value = default;
        sequence = 0;
        int block = FindBlock(key);
        if (block == _index.Count)
        {
            return TableLookup.Absent;
        }

        ReadOnlySpan<byte> bytes = VerifiedBlock(block);
        if (!BlockDecoder.TryStart(bytes, out BlockDecoder decoder))
        {
            throw CorruptBlock(block, "the restart array does not fit");
        }

        int start = 0;
        int next = int.MaxValue;
        if (decoder.RestartCount > 1)
        {
            // A key that is present lies before the next restart point, because the one there is behind the target.
            int restart = LastRestartAtOrBefore(bytes, decoder, key);
            start = (int)decoder.RestartAt(bytes, restart);
            next = restart + 1 == decoder.RestartCount ? int.MaxValue : (int)decoder.RestartAt(bytes, restart + 1);
        }

        if (!TryFind(bytes, start, decoder.EntriesEnd, key, next, out BlockEntry entry))
        {
            return TableLookup.Absent;
        }

        sequence = entry.Sequence;
        if (entry.IsTombstone)
        {
            return TableLookup.Tombstone;
        }

        value = bytes.Slice(entry.ValueOffset, entry.ValueLength);
        return TableLookup.Found;
    }

    /// <summary>
    /// The restart point from which a walk meets <paramref name="key"/> if the block holds it; 0 if all keys are
    /// behind it.
    /// </summary>
    private static int LastRestartAtOrBefore(ReadOnlySpan<byte> block, in BlockDecoder decoder, ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = decoder.RestartCount - 1;
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            int at = (int)decoder.RestartAt(block, middle);
            int length = BinaryPrimitives.ReadUInt16LittleEndian(block[at..]);
            if (block.Slice(at + sizeof(ushort), length).SequenceCompareTo(key) <= 0)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    /// <summary>
    /// Walks from an offset to the first key at or after <paramref name="key"/>, without rebuilding keys: it is enough
    /// to know how many bytes the target has in common with the key before. True if the keys are equal.
    /// </summary>
    /// <remarks>
    /// The block was verified, so its lengths agree with each other; the span guards against everything else. The walk
    /// starts at a restart point and knows that the next one is at <paramref name="fullFormAt"/>.
    /// </remarks>
    private static bool TryFind(
        ReadOnlySpan<byte> block, int at, int end, ReadOnlySpan<byte> key, int fullFormAt, out BlockEntry entry)
    {
        int matched = 0;
        int keyAt = at + sizeof(ushort);
        int shared = 0;
        int suffixLength = BinaryPrimitives.ReadUInt16LittleEndian(block[at..]);
        while (true)
        {
            // The key before is smaller than the target and differs from it at byte `matched`. An entry that shares
            // more than that with the key before differs at the same byte and is smaller, too.
            if (shared <= matched)
            {
                ReadOnlySpan<byte> suffix = block.Slice(keyAt, suffixLength);
                ReadOnlySpan<byte> target = key[shared..];
                int common = suffix.CommonPrefixLength(target);
                matched = shared + common;
                if (common == target.Length || (common < suffix.Length && suffix[common] > target[common]))
                {
                    entry = EntryAt(block, shared, keyAt, suffixLength);
                    return common == target.Length && common == suffix.Length;
                }
            }

            int tail = keyAt + suffixLength;
            uint valueLength = BinaryPrimitives.ReadUInt32LittleEndian(block[(tail + sizeof(ulong))..]);
            at = tail + TableFormat.EntryTailLength
                + (valueLength == TableFormat.TombstoneLength ? 0 : (int)valueLength);
            if (at >= end || at == fullFormAt)
            {
                entry = default;
                return false;
            }

            uint lengths = BinaryPrimitives.ReadUInt32LittleEndian(block[at..]);
            shared = (ushort)lengths;
            suffixLength = (int)(lengths >> 16);
            keyAt = at + (2 * sizeof(ushort));
        }
    }

    private static BlockEntry EntryAt(ReadOnlySpan<byte> block, int shared, int keyAt, int suffixLength)
    {
        int tail = keyAt + suffixLength;
        uint valueLength = BinaryPrimitives.ReadUInt32LittleEndian(block[(tail + sizeof(ulong))..]);
        bool isTombstone = valueLength == TableFormat.TombstoneLength;
        return new BlockEntry
        {
            Shared = shared,
            SuffixOffset = keyAt,
            SuffixLength = suffixLength,
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(block[tail..]),
            ValueOffset = tail + TableFormat.EntryTailLength,
            ValueLength = isTombstone ? 0 : (int)valueLength,
            IsTombstone = isTombstone,
        };
    }
}
