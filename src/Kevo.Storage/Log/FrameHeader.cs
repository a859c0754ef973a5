using System.Buffers.Binary;
using System.IO.Hashing;

namespace Kevo.Storage.Log;

/// <summary>
/// The fixed part of a frame, and the checksum over the whole of it. <c>docs/LOG_FORMAT.md</c> draws the bytes.
/// A frame without entries is the end mark of a closed segment.
/// </summary>
/// <param name="FrameLength">Bytes of the frame, this header and the padding included; a multiple of 8.</param>
/// <param name="EntryCount">Entries that follow; 0 for the end mark.</param>
/// <param name="FirstSequence">
/// Sequence of the first entry; for the end mark, one above <paramref name="LastSequence"/>.
/// </param>
/// <param name="LastSequence">Sequence of the last entry; for the end mark, the last one of the segment.</param>
internal readonly record struct FrameHeader(int FrameLength, int EntryCount, ulong FirstSequence, ulong LastSequence)
{
    /// <summary>Bytes of the header, and of a whole end mark.</summary>
    internal const int Length = 40;

    /// <summary>Frames start at multiples of this.</summary>
    internal const int Alignment = 8;

    /// <summary>Bytes before each payload: its length.</summary>
    internal const int EntryPrefixLength = sizeof(uint);

    private const int ChecksumOffset = 8;
    private const int LengthOffset = 16;
    private const int CountOffset = 20;
    private const int FirstOffset = 24;
    private const int LastOffset = 32;

    /// <summary>Whether this is the end mark of a segment.</summary>
    internal bool IsEndMark => EntryCount == 0;

    /// <summary>Rounds up to where the next frame may start.</summary>
    internal static long Align(long offset) => (offset + Alignment - 1) & ~(long)(Alignment - 1);

    /// <summary>The frame's first 8 bytes.</summary>
    internal static ulong ReadMark(ReadOnlySpan<byte> frame) => BinaryPrimitives.ReadUInt64LittleEndian(frame);

    /// <summary>
    /// Reads the fields; they mean something only if the mark is right, and are true only if the checksum is.
    /// </summary>
    internal static FrameHeader Read(ReadOnlySpan<byte> frame) => new(
        BinaryPrimitives.ReadInt32LittleEndian(frame[LengthOffset..]),
        BinaryPrimitives.ReadInt32LittleEndian(frame[CountOffset..]),
        BinaryPrimitives.ReadUInt64LittleEndian(frame[FirstOffset..]),
        BinaryPrimitives.ReadUInt64LittleEndian(frame[LastOffset..]));

    /// <summary>Whether the length can be one: aligned, and within <paramref name="available"/> bytes.</summary>
    internal bool HasPossibleLength(long available) =>
        FrameLength >= Length && FrameLength <= available && FrameLength % Alignment == 0;

    /// <summary>
    /// Writes header and checksum of a frame whose entries and zero padding are in place already: one pass over it.
    /// </summary>
    internal void Seal(Span<byte> frame, ulong mark)
    {
        BinaryPrimitives.WriteInt32LittleEndian(frame[LengthOffset..], FrameLength);
        BinaryPrimitives.WriteInt32LittleEndian(frame[CountOffset..], EntryCount);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[FirstOffset..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[LastOffset..], LastSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(frame[ChecksumOffset..], ChecksumOf(frame[..FrameLength], mark));
        BinaryPrimitives.WriteUInt64LittleEndian(frame, mark);
    }

    /// <summary>Whether a whole frame is what was written at its place.</summary>
    internal static bool IsIntact(ReadOnlySpan<byte> frame, ulong mark) =>
        ReadMark(frame) == mark
        && BinaryPrimitives.ReadUInt64LittleEndian(frame[ChecksumOffset..]) == ChecksumOf(frame, mark);

    // The mark is the seed: a frame that was written for another place or another segment fails.
    private static ulong ChecksumOf(ReadOnlySpan<byte> frame, ulong mark) =>
        XxHash3.HashToUInt64(frame[LengthOffset..], unchecked((long)mark));
}
