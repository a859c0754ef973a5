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

        if (decoder.RestartCount > 1)
        {
            decoder.StartAt(bytes, LastRestartAtOrBefore(bytes, decoder, key));
        }

        if (!TryFind(bytes, ref decoder, key, out BlockEntry entry))
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
            BlockDecoder at = decoder;
            at.StartAt(block, middle);
            at.Step(block, out BlockEntry entry);
            if (block.Slice(entry.SuffixOffset, entry.SuffixLength).SequenceCompareTo(key) <= 0)
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
    /// Walks from the decoder's place to the first key at or after <paramref name="key"/>, without rebuilding keys: it
    /// is enough to know how many bytes the target has in common with the key before. True if the keys are equal.
    /// </summary>
    private static bool TryFind(
        ReadOnlySpan<byte> block, ref BlockDecoder decoder, ReadOnlySpan<byte> key, out BlockEntry entry)
    {
        int matched = 0;
        while (decoder.Step(block, out entry) == BlockStep.Entry)
        {
            // The key before is smaller than the target and differs from it at byte `matched`. An entry that shares more
            // than that with the key before differs at the same byte and is smaller, too.
            if (entry.Shared > matched)
            {
                continue;
            }

            ReadOnlySpan<byte> suffix = block.Slice(entry.SuffixOffset, entry.SuffixLength);
            ReadOnlySpan<byte> target = key[entry.Shared..];
            int common = suffix.CommonPrefixLength(target);
            matched = entry.Shared + common;
            if (common == target.Length)
            {
                return common == suffix.Length;
            }

            if (common < suffix.Length && suffix[common] > target[common])
            {
                return false;
            }
        }

        return false;
    }
}
