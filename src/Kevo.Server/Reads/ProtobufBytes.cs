using System.Buffers;
using Google.Protobuf;

namespace Kevo.Server.Reads;

/// <summary>Writes one protobuf field of type bytes, whose number is below 16.</summary>
internal static class ProtobufBytes
{
    private const int MaxVarint32 = 5;

    /// <summary>Bytes of a field; none when it is empty, because then it is left out.</summary>
    public static int FieldLength(int length) =>
        length == 0 ? 0 : 1 + CodedOutputStream.ComputeLengthSize(length) + length;

    /// <summary>Writes tag, length and bytes, copying <paramref name="content"/> straight into the writer.</summary>
    public static void Write(IBufferWriter<byte> writer, byte tag, ReadOnlySpan<byte> content)
    {
        writer.Advance(WriteHead(writer.GetSpan(1 + MaxVarint32), tag, content.Length));
        writer.Write(content);
    }

    /// <summary>Writes tag, length and bytes; returns how many there are in all.</summary>
    public static int Write(Span<byte> to, byte tag, ReadOnlySpan<byte> content)
    {
        int head = WriteHead(to, tag, content.Length);
        content.CopyTo(to[head..]);
        return head + content.Length;
    }

    private static int WriteHead(Span<byte> to, byte tag, int length)
    {
        to[0] = tag;
        int at = 1;
        uint rest = (uint)length;
        while (rest >= 0x80)
        {
            to[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        to[at++] = (byte)rest;
        return at;
    }
}
