using System.Buffers.Binary;
using Google.Protobuf;

namespace Kevo.Measure.Load;

/// <summary>Messages as gRPC frames them in a body.</summary>
internal static class GrpcMessage
{
    /// <summary>The message behind its five-byte prefix: not compressed, length.</summary>
    public static byte[] Frame(IMessage message)
    {
        byte[] framed = new byte[5 + message.CalculateSize()];
        BinaryPrimitives.WriteInt32BigEndian(framed.AsSpan(1), framed.Length - 5);
        message.WriteTo(framed.AsSpan(5));
        return framed;
    }
}
