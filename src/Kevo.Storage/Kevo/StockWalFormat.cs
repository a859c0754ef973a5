using System.Buffers.Binary;
using System.IO.Hashing;

namespace Kevo.Storage.Kevo;

/// <summary>The numbers of stock's WAL files; explained in docs/KEVO_FORMATS.md.</summary>
internal static class StockWalFormat
{
    /// <summary>Bytes before a record's payload: checksum (4), payload length (2), type (1).</summary>
    public const int HeaderLength = 7;

    /// <summary>The longest payload stock writes.</summary>
    public const int PayloadLengthMax = 32768;

    /// <summary>The longest payload the length field can state; stock reads it, too.</summary>
    public const int ReadablePayloadLengthMax = ushort.MaxValue;

    /// <summary>Bytes of an entry before its key.</summary>
    public const int EntryFixedLength = 13;

    /// <summary>The longest record there can be.</summary>
    public const int ReadableRecordLengthMax = HeaderLength + ReadablePayloadLengthMax;

    /// <summary>The most key bytes that stock puts into the first part of a fragmented entry.</summary>
    public const int FirstKeyLengthMax = PayloadLengthMax - EntryFixedLength;

    /// <summary>Writes a record's header for <paramref name="payload"/>.</summary>
    public static void WriteHeader(Span<byte> header, StockRecordType type, ReadOnlySpan<byte> payload)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(header, Crc32.HashToUInt32(payload));
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], checked((ushort)payload.Length));
        header[6] = (byte)type;
    }
}
