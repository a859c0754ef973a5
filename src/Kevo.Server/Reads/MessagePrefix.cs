using System.Buffers.Binary;

namespace Kevo.Server.Reads;

/// <summary>What stands before every message in the body of a gRPC call: compressed or not, and the length.</summary>
internal static class MessagePrefix
{
    /// <summary>Bytes of a prefix.</summary>
    public const int Length = 5;

    /// <summary>Writes the prefix of an uncompressed message.</summary>
    public static void Write(Span<byte> to, int messageLength)
    {
        to[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(to[1..], messageLength);
    }

    /// <summary>
    /// Whether bytes, of which there are enough for a prefix, are one uncompressed message and no more.
    /// </summary>
    public static bool IsWholeMessage(ReadOnlySpan<byte> bytes) =>
        bytes[0] == 0 && BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]) == (uint)(bytes.Length - Length);
}
