using Kevo.Core;
using Kevo.Core.Testing;

namespace Kevo.Storage.Tables;

/// <content>Data blocks: their verification, once per process and block.</content>
public sealed partial class TableReader
{
    /// <summary>Where a data block begins in the file.</summary>
    internal long BlockOffset(int block) => _index.Offset(block);

    /// <summary>Length of a data block in bytes.</summary>
    internal int BlockLength(int block) => _index.Length(block);

    /// <summary>The index block as it is in the file; it was verified at open.</summary>
    internal ReadOnlySpan<byte> IndexBlock => _file.Read(_indexOffset, _indexLength);

    /// <summary>The number of the block that begins at an offset the index names.</summary>
    internal int BlockAt(long offset) => _index.BlockAt(offset);

    /// <summary>
    /// The block that may hold <paramref name="key"/>, or the first one behind it; BlockCount if none.
    /// </summary>
    internal int FindBlock(ReadOnlySpan<byte> key)
    {
        int block = _index.LowerBound(key);
        if (_layout == TableLayout.FirstKeys && block > 0
            && (block == _index.Count || !_index.Key(block).SequenceEqual(key)))
        {
            block--;
        }

        return block;
    }

    /// <summary>A data block that passed all checks in this process.</summary>
    /// <param name="block">Its number.</param>
    /// <param name="passing">True when the caller hands the memory back by itself.</param>
    internal ReadOnlySpan<byte> VerifiedBlock(int block, bool passing = false)
    {
        if (!passing)
        {
            _residency?.Touch(BlockOffset(block), BlockLength(block));
        }

        long bit = 1L << (block & 63);
        if ((Volatile.Read(ref _verified[block >> 6]) & bit) == 0)
        {
            CheckBlock(block);
            MarkVerified(block);
        }

        return RawBlock(block);
    }

    /// <summary>Bytes of a block that <see cref="VerifiedBlock"/> gave before.</summary>
    internal ReadOnlySpan<byte> Bytes(long offset, int length) => _file.Read(offset, length);

    /// <summary>The error for a block that contradicts itself.</summary>
    internal StorageException CorruptBlock(int block, string reason) =>
        Corrupt(Path, BlockOffset(block), $"data block {block} ({BlockLength(block)} bytes): {reason}");

    /// <summary>Hands memory of the range back to the system.</summary>
    internal void Release(long offset, long length) => _file.Release(offset, length);

    private ReadOnlySpan<byte> RawBlock(int block) => _file.Read(BlockOffset(block), BlockLength(block));

    private void MarkVerified(int block) => Interlocked.Or(ref _verified[block >> 6], 1L << (block & 63));

    /// <summary>
    /// Only what the index keys mean is decided here; that the blocks agree with it is part of each block's check.
    /// Blocks of a single entry leave it open, and then the two meanings coincide.
    /// </summary>
    private TableLayout DetermineLayout()
    {
        if (EntryCount == _index.Count)
        {
            return TableLayout.LastKeys;
        }

        for (int block = 0; block < _index.Count; block++)
        {
            ReadOnlySpan<byte> bytes = RawBlock(block);
            if (!ChecksumHolds(bytes))
            {
                throw CorruptBlock(block, "the checksum does not match");
            }

            if (!BlockDecoder.TryStart(bytes, out BlockDecoder decoder)
                || decoder.Step(bytes, out BlockEntry entry) != BlockStep.Entry)
            {
                throw CorruptBlock(block, "its lengths contradict each other");
            }

            if (!bytes.Slice(entry.SuffixOffset, entry.SuffixLength).SequenceEqual(_index.Key(block)))
            {
                return TableLayout.LastKeys;
            }

            if (decoder.Step(bytes, out _) == BlockStep.Entry)
            {
                return TableLayout.FirstKeys;
            }
        }

        return TableLayout.LastKeys;
    }

    /// <summary>Checks a block whole and returns its number of entries.</summary>
    private int CheckBlock(int block)
    {
        ReadOnlySpan<byte> bytes = RawBlock(block);
        if (!ChecksumHolds(bytes) && !PlantedBugs.Has(PlantedBug.BlockChecksumIgnored))
        {
            throw CorruptBlock(block, "the checksum does not match");
        }

        BlockKey key = default;
        try
        {
            return CheckEntries(block, bytes, ref key);
        }
        finally
        {
            key.Return();
        }
    }

    private int CheckEntries(int block, ReadOnlySpan<byte> bytes, ref BlockKey key)
    {
        if (!BlockDecoder.TryStart(bytes, out BlockDecoder decoder))
        {
            throw CorruptBlock(block, "the restart array does not fit");
        }

        int entries = 0;
        BlockStep step;
        while ((step = decoder.Step(bytes, out BlockEntry entry)) == BlockStep.Entry)
        {
            ReadOnlySpan<byte> suffix = bytes.Slice(entry.SuffixOffset, entry.SuffixLength);
            if (entries > 0 && suffix.SequenceCompareTo(key.Span[entry.Shared..]) <= 0)
            {
                throw CorruptBlock(block, $"the key of entry {entries} is not behind the one before it");
            }

            key.Replace(entry.Shared, suffix);
            if (entries == 0 && !FirstKeyFits(block, key.Span))
            {
                throw CorruptBlock(block, "its first key contradicts the index");
            }

            entries++;
        }

        if (step == BlockStep.Malformed || entries == 0)
        {
            throw CorruptBlock(block, "its lengths contradict each other");
        }

        return LastKeyFits(block, key.Span) ? entries : throw CorruptBlock(block, "its last key contradicts the index");
    }

    private bool FirstKeyFits(int block, ReadOnlySpan<byte> key) =>
        _layout == TableLayout.FirstKeys
            ? key.SequenceEqual(_index.Key(block))
            : block == 0 || key.SequenceCompareTo(_index.Key(block - 1)) > 0;

    private bool LastKeyFits(int block, ReadOnlySpan<byte> key) =>
        _layout == TableLayout.FirstKeys
            ? block == _index.Count - 1 || key.SequenceCompareTo(_index.Key(block + 1)) < 0
            : key.SequenceCompareTo(_index.Key(block)) <= 0;

    private static ReadOnlySpan<byte> FirstKeyOf(ReadOnlySpan<byte> block)
    {
        BlockDecoder.TryStart(block, out BlockDecoder decoder);
        decoder.Step(block, out BlockEntry entry);
        return block.Slice(entry.SuffixOffset, entry.SuffixLength);
    }

    private byte[] ReadLastKey(int block)
    {
        ReadOnlySpan<byte> bytes = VerifiedBlock(block);
        BlockDecoder.TryStart(bytes, out BlockDecoder decoder);
        BlockKey key = default;
        while (decoder.Step(bytes, out BlockEntry entry) == BlockStep.Entry)
        {
            key.Replace(entry.Shared, bytes.Slice(entry.SuffixOffset, entry.SuffixLength));
        }

        byte[] last = key.Span.ToArray();
        key.Return();
        return last;
    }
}
