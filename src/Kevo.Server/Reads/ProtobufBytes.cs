using System.Buffers;

namespace Kevo.Server.Reads;

/// <summary>Writes one protobuf field of type bytes.</summary>
internal static class ProtobufBytes
{
    private const int MaxVarint32 = 5;

    /// <summary>Writes tag, length and bytes, copying <paramref name="content"/> straight into the writer.</summary>
    public static void Write(IBufferWriter<byte> writer, byte tag, ReadOnlySpan<byte> content)
    {
        Span<byte> head = writer.GetSpan(1 + MaxVarint32);
        head[0] = tag;
        int at = 1;
        uint rest = (uint)content.Length;
        while (rest >= 0x80)
        {
            head[at++] = (byte)(rest | 0x80);
            rest >>= 7;
        }

        head[at++] = (byte)rest;
        writer.Advance(at);
        writer.Write(content);
    }
}
