using System.Buffers.Binary;

namespace Kevo.Fuzz.Targets;

/// <summary>Ways to frame a message of gRPC: the right one, and what hostile or broken clients do.</summary>
internal static class GrpcFraming
{
    /// <summary>How many ways there are; 0 is the right one.</summary>
    public const int Kinds = 6;

    private const int PrefixLength = 5;

    /// <summary>The message, framed in one of the ways.</summary>
    public static byte[] Apply(byte[] message, int kind)
    {
        byte[] framed = new byte[PrefixLength + message.Length];
        message.CopyTo(framed, PrefixLength);
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length);
        switch (kind)
        {
            case 1:
                BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), message.Length + 1);
                break;
            case 2:
                framed[0] = 1;
                break;
            case 3:
                BinaryPrimitives.WriteUInt32BigEndian(framed.AsSpan(1), 0x7FFF_FFFF);
                break;
            case 4:
                return [.. framed, .. framed];
            case 5:
                return message;
        }

        return framed;
    }
}
