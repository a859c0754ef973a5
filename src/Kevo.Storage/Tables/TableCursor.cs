namespace Kevo.Storage.Tables;

/// <summary>
/// Walks one table. Moving allocates nothing; keys are rebuilt in a pooled buffer that <see cref="Dispose"/> returns.
/// One thread at a time; must not outlive its reader.
/// </summary>
public sealed class TableCursor : IOrderedCursor
{
    private const long ReleaseStride = 1 << 20;

    private readonly TableReader _reader;
    private readonly bool _releaseBehind;
    private int _block = -1;
    private long _blockOffset;

    // 0 until the block at hand has proved sound: a step onto one that has not fails again.
    private int _blockLength;
    private BlockDecoder _decoder;
    private BlockEntry _entry;
    private BlockKey _key;
    private long _released;

    internal TableCursor(TableReader reader, bool releaseBehind)
    {
        _reader = reader;
        _releaseBehind = releaseBehind;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key => _key.Span;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Value =>
        _entry.ValueLength == 0
            ? default
            : _reader.Bytes(_blockOffset + _entry.ValueOffset, _entry.ValueLength);

    /// <inheritdoc/>
    public ulong Sequence => _entry.Sequence;

    /// <inheritdoc/>
    public bool IsTombstone => _entry.IsTombstone;

    /// <inheritdoc/>
    public bool MoveNext()
    {
        if (_block >= 0)
        {
            if (_block == _reader.BlockCount)
            {
                return false;
            }

            if (Step())
            {
                return true;
            }
        }

        return MoveToBlock(_block + 1);
    }

    /// <inheritdoc/>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        if (!MoveToBlock(_reader.FindBlock(key)))
        {
            return false;
        }

        while (Key.SequenceCompareTo(key) < 0)
        {
            if (!MoveNext())
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Leaves the rest of the current block and moves onto the first entry of the next; false when there is none. After
    /// a block that turned out corrupt this is how to go on behind it.
    /// </summary>
    /// <exception cref="Core.StorageException">
    /// The next block is corrupt, too; call again to leave it as well.
    /// </exception>
    public bool MoveToNextBlock() => MoveToBlock(Math.Min(_block, _reader.BlockCount - 1) + 1);

    /// <inheritdoc/>
    public void Dispose() => _key.Return();

    /// <summary>Moves onto the first entry of a block; at the end if there is no such block.</summary>
    private bool MoveToBlock(int block)
    {
        _block = block;
        _entry = default;
        _key.Replace(0, default);
        _decoder = default;
        _blockLength = 0;
        ReleasePassed();
        if (block == _reader.BlockCount)
        {
            return false;
        }

        if (!BlockDecoder.TryStart(_reader.VerifiedBlock(block, _releaseBehind), out _decoder))
        {
            throw _reader.CorruptBlock(block, "the restart array does not fit");
        }

        _blockOffset = _reader.BlockOffset(block);
        _blockLength = _reader.BlockLength(block);

        return Step();
    }

    private bool Step()
    {
        ReadOnlySpan<byte> block = _blockLength == 0
            ? _reader.VerifiedBlock(_block, _releaseBehind)
            : _reader.Bytes(_blockOffset, _blockLength);
        BlockStep step = _decoder.Step(block, out BlockEntry entry);
        if (step == BlockStep.Entry)
        {
            _key.Replace(entry.Shared, block.Slice(entry.SuffixOffset, entry.SuffixLength));
            _entry = entry;
            return true;
        }

        return step == BlockStep.End
            ? false
            : throw _reader.CorruptBlock(_block, "its lengths contradict each other");
    }

    private void ReleasePassed()
    {
        if (!_releaseBehind)
        {
            return;
        }

        long at = _block == _reader.BlockCount ? _reader.FileLength : _reader.BlockOffset(_block);
        if (at < _released)
        {
            _released = at;
        }
        else if (at - _released >= ReleaseStride || _block == _reader.BlockCount)
        {
            _reader.Release(_released, at - _released);
            _released = at;
        }
    }
}
