using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Kevo.Wire.Codecs;

/// <summary>
/// Decompresses Snappy blocks between spans. Our own because the library allocates an object and rents a second buffer
/// for every call, which per entry is too much; the format is four kinds of element behind a length.
/// </summary>
/// <remarks>
/// Most elements are a few bytes long, so they are moved in whole steps of 16 bytes wherever there is room for the
/// excess: what is written beyond an element is overwritten by the next one, or lies behind the content and is
/// undefined.
/// </remarks>
internal static class SnappyBlock
{
    private const int ShortLiteral = 60;
    private const int LongestCopy = 64;
    private const int Step = 16;

    /// <summary>
    /// Reads the content length at the start of a block, a number of at most 32 bits in 1 to 5 bytes.
    /// </summary>
    public static bool TryReadLength(ReadOnlySpan<byte> block, out uint length, out int consumed)
    {
        ulong value = 0;
        int longest = Math.Min(block.Length, 5);
        for (consumed = 0; consumed < longest;)
        {
            byte part = block[consumed];
            value |= (ulong)(part & 0x7F) << (7 * consumed);
            consumed++;
            if (part < 0x80)
            {
                length = (uint)value;
                return value <= uint.MaxValue;
            }
        }

        length = 0;
        return false;
    }

    /// <summary>Decompresses a whole block; the content must be exactly as long as the block says.</summary>
    public static CodecFault Decompress(ReadOnlySpan<byte> block, Span<byte> destination, out int written)
    {
        written = 0;
        if (!TryReadLength(block, out uint length, out int at))
        {
            return CodecFault.Malformed;
        }

        if (length > (uint)destination.Length)
        {
            return CodecFault.TooLarge;
        }

        Span<byte> content = destination[..(int)length];
        while (at < block.Length)
        {
            bool fits = (block[at] & 3) == 0
                ? TryLiteral(block, ref at, content, ref written)
                : TryCopy(block, ref at, content, ref written);
            if (!fits)
            {
                return CodecFault.Malformed;
            }
        }

        return written == content.Length ? CodecFault.None : CodecFault.Malformed;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryLiteral(ReadOnlySpan<byte> block, ref int at, Span<byte> content, ref int written)
    {
        uint length = (uint)block[at++] >> 2;
        if (length < Step && block.Length - at >= Step && content.Length - written >= Step)
        {
            Move(block.Slice(at, Step), content.Slice(written, Step));
            at += (int)length + 1;
            written += (int)length + 1;
            return true;
        }

        return (length < ShortLiteral || TryLongLiteral(block, ref at, ref length))
            && TryExactLiteral(block, ref at, content, ref written, length);
    }

    private static bool TryLongLiteral(ReadOnlySpan<byte> block, ref int at, ref uint length)
    {
        int lengthBytes = (int)length - ShortLiteral + 1;
        if (block.Length - at < lengthBytes)
        {
            return false;
        }

        length = 0;
        for (int i = lengthBytes - 1; i >= 0; i--)
        {
            length = (length << 8) | block[at + i];
        }

        at += lengthBytes;
        return true;
    }

    private static bool TryExactLiteral(
        ReadOnlySpan<byte> block, ref int at, Span<byte> content, ref int written, uint oneLess)
    {
        // One less than the length is written down, so these comparisons also cover a length of 2^32.
        if (oneLess >= (uint)(block.Length - at) || oneLess >= (uint)(content.Length - written))
        {
            return false;
        }

        int length = (int)oneLess + 1;
        block.Slice(at, length).CopyTo(content[written..]);
        at += length;
        written += length;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryCopy(ReadOnlySpan<byte> block, ref int at, Span<byte> content, ref int written)
    {
        int tag = block[at++];
        int left = block.Length - at;
        int length = (tag >> 2) + 1;
        uint distance;
        switch (tag & 3)
        {
            case 1 when left >= 1:
                length = ((tag >> 2) & 7) + 4;
                distance = ((uint)(tag >> 5) << 8) | block[at];
                at++;
                break;
            case 2 when left >= 2:
                distance = BinaryPrimitives.ReadUInt16LittleEndian(block[at..]);
                at += 2;
                break;
            case 3 when left >= 4:
                distance = BinaryPrimitives.ReadUInt32LittleEndian(block[at..]);
                at += 4;
                break;
            default:
                return false;
        }

        // A distance of 0 wraps around to the largest number.
        if (distance - 1 >= (uint)written || length > content.Length - written)
        {
            return false;
        }

        int from = written - (int)distance;
        if (distance >= Step && content.Length - written >= LongestCopy)
        {
            for (int moved = 0; moved < length; moved += Step)
            {
                Move(content.Slice(from + moved, Step), content.Slice(written + moved, Step));
            }
        }
        else
        {
            Repeat(content.Slice(from, (int)distance + length), (int)distance);
        }

        written += length;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Move(ReadOnlySpan<byte> source, Span<byte> destination) =>
        Vector128.Create(source).CopyTo(destination);

    /// <summary>Fills <paramref name="window"/> by repeating its first <paramref name="distance"/> bytes.</summary>
    private static void Repeat(Span<byte> window, int distance)
    {
        // What is there doubles with every step, so that a short pattern costs a logarithm of copies.
        for (int filled = distance; filled < window.Length; filled += filled)
        {
            int count = Math.Min(filled, window.Length - filled);
            window[..count].CopyTo(window[filled..]);
        }
    }
}
