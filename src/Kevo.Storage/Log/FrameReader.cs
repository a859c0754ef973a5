using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>
/// Walks the entries of one frame that this process wrote or whose checksum it verified. Entries are views over the
/// segment, valid while it is mapped (pinned, or under the cursor that gave the reader); those of
/// <see cref="WriteAheadLog.Seal"/> are views over memory that the next append uses again.
/// </summary>
public ref struct FrameReader
{
    private readonly ReadOnlySpan<byte> _frame;
    private readonly ulong _frameAddress;
    private int _at;
    private int _left;

    internal FrameReader(ReadOnlySpan<byte> frame, uint segmentId, long frameOffset, int entryCount)
        : this(frame, segmentId, frameOffset, new FramePlace(FrameHeader.Length, entryCount))
    {
    }

    internal FrameReader(ReadOnlySpan<byte> frame, uint segmentId, long frameOffset, FramePlace from)
    {
        _frame = frame;
        _frameAddress = new LogAddress(segmentId, (uint)frameOffset).Value;
        _at = from.Offset;
        _left = from.EntriesLeft;
    }

    /// <summary>How far it has read.</summary>
    internal readonly FramePlace Place => new(_at, _left);

    /// <summary>Reads the next entry and where it lies; false at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryRead(out WalEntry entry, out LogAddress address)
    {
        if (_left == 0)
        {
            entry = default;
            address = default;
            return false;
        }

        int length = (int)BinaryPrimitives.ReadUInt32LittleEndian(_frame[_at..]);
        entry = WalEntry.FromVerified(_frame.Slice(_at + FrameHeader.EntryPrefixLength, length));
        address = new LogAddress(_frameAddress + (uint)(_at + FrameHeader.EntryPrefixLength));
        _at += FrameHeader.EntryPrefixLength + length;
        _left--;
        return true;
    }
}
