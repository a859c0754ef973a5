using System.Buffers.Binary;

namespace Kevo.Wire.Codecs;

/// <summary>
/// Decompresses Snappy blocks between spans. Our own because the library allocates an object and rents a second buffer for
/// every call, which per entry is too much; the format is four kinds of element behind a length.
/// </summary>
internal static class SnappyBlock
{
    private const int ShortLiteral = 60;

    /// <summary>Reads the content length at the start of a block, a number of at most 32 bits in 1 to 5 bytes.</summary>
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
        if (!TryReadLength(block, out uint length, out int consumed))
        {
            return CodecFault.Malformed;
        }

        if (length > (uint)destination.Length)
        {
            return CodecFault.TooLarge;
        }

        Span<byte> content = destination[..(int)length];
        ReadOnlySpan<byte> rest = block[consumed..];
        while (!rest.IsEmpty)
        {
            bool fits = (rest[0] & 3) == 0
                ? TryLiteral(ref rest, content, ref written)
                : TryCopy(ref rest, content, ref written);
            if (!fits)
            {
                return CodecFault.Malformed;
            }
        }

        return written == content.Length ? CodecFault.None : CodecFault.Malformed;
    }

    private static bool TryLiteral(ref ReadOnlySpan<byte> rest, Span<byte> content, ref int written)
    {
        uint length = (uint)rest[0] >> 2;
        int head = 1;
        if (length >= ShortLiteral)
        {
            int lengthBytes = (int)length - ShortLiteral + 1;
            if (rest.Length < 1 + lengthBytes)
            {
                return false;
            }

            length = 0;
            for (int i = lengthBytes; i > 0; i--)
            {
                length = (length << 8) | rest[i];
            }

            head += lengthBytes;
        }

        // One less than the length is written down, so the comparison also covers 2^32.
        if (length >= (uint)(rest.Length - head) || length >= (uint)(content.Length - written))
        {
            return false;
        }

        int count = (int)length + 1;
        rest.Slice(head, count).CopyTo(content[written..]);
        written += count;
        rest = rest[(head + count)..];
        return true;
    }

    private static bool TryCopy(ref ReadOnlySpan<byte> rest, Span<byte> content, ref int written)
    {
        int tag = rest[0];
        int length = (tag >> 2) + 1;
        uint distance;
        int head;
        switch (tag & 3)
        {
            case 1 when rest.Length >= 2:
                length = ((tag >> 2) & 7) + 4;
                distance = ((uint)(tag >> 5) << 8) | rest[1];
                head = 2;
                break;
            case 2 when rest.Length >= 3:
                distance = BinaryPrimitives.ReadUInt16LittleEndian(rest[1..]);
                head = 3;
                break;
            case 3 when rest.Length >= 5:
                distance = BinaryPrimitives.ReadUInt32LittleEndian(rest[1..]);
                head = 5;
                break;
            default:
                return false;
        }

        if (distance == 0 || distance > (uint)written || length > content.Length - written)
        {
            return false;
        }

        Repeat(content.Slice(written - (int)distance, (int)distance + length), (int)distance);
        written += length;
        rest = rest[head..];
        return true;
    }

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
