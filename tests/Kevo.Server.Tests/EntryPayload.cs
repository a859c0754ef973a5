using System.Buffers.Binary;
using System.Text;

namespace Kevo.Server.Tests;

/// <summary>Writes entry payloads by hand, byte by byte as the protocol has them.</summary>
internal static class EntryPayload
{
    /// <summary>Writes a put; returns its length.</summary>
    public static int Put(Span<byte> payload, ulong sequence, string key, string value)
    {
        payload[0] = 1;
        BinaryPrimitives.WriteUInt64LittleEndian(payload[1..], sequence);
        int keyLength = Encoding.UTF8.GetBytes(key, payload[13..]);
        BinaryPrimitives.WriteInt32LittleEndian(payload[9..], keyLength);
        int valueLength = Encoding.UTF8.GetBytes(value, payload[(17 + keyLength)..]);
        BinaryPrimitives.WriteInt32LittleEndian(payload[(13 + keyLength)..], valueLength);
        return 17 + keyLength + valueLength;
    }
}
