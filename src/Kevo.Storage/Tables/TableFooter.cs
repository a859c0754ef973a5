using System.Buffers.Binary;
using K4os.Hash.xxHash;

namespace Kevo.Storage.Tables;

/// <summary>The last 68 bytes of a table, decoded.</summary>
internal readonly record struct TableFooter
{
    private const int ChecksumOffset = 60;
    private const int EarlyChecksumOffset = 44;

    public required uint Version { get; init; }

    /// <summary>Unix nanoseconds.</summary>
    public required long Created { get; init; }

    public required ulong IndexOffset { get; init; }

    public required uint IndexLength { get; init; }

    public required uint EntryCount { get; init; }

    /// <summary>0 when the table has no bloom section.</summary>
    public ulong BloomOffset { get; init; }

    public uint BloomLength { get; init; }

    /// <summary>Decodes the footer; null when it is one, else what is wrong with it.</summary>
    public static string? TryRead(ReadOnlySpan<byte> bytes, out TableFooter footer)
    {
        footer = default;
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes) != TableFormat.Magic)
        {
            return "the footer does not begin with the table magic";
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        int checksumAt = version < TableFormat.Version ? EarlyChecksumOffset : ChecksumOffset;
        ulong stored = BinaryPrimitives.ReadUInt64LittleEndian(bytes[checksumAt..]);
        if (XXH64.DigestOf(bytes[..checksumAt]) != stored)
        {
            return "the footer fails its checksum";
        }

        footer = new TableFooter
        {
            Version = version,
            Created = BinaryPrimitives.ReadInt64LittleEndian(bytes[12..]),
            IndexOffset = BinaryPrimitives.ReadUInt64LittleEndian(bytes[20..]),
            IndexLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]),
            EntryCount = BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]),
            BloomOffset = version < TableFormat.Version ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(bytes[44..]),
            BloomLength = version < TableFormat.Version ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes[52..]),
        };
        return null;
    }

    /// <summary>Writes the footer in the current version, checksum included.</summary>
    public void Write(Span<byte> destination)
    {
        destination[..TableFormat.FooterLength].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, TableFormat.Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[8..], Version);
        BinaryPrimitives.WriteInt64LittleEndian(destination[12..], Created);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[20..], IndexOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], IndexLength);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[32..], EntryCount);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[44..], BloomOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[52..], BloomLength);
        BinaryPrimitives.WriteUInt64LittleEndian(
            destination[ChecksumOffset..], XXH64.DigestOf(destination[..ChecksumOffset]));
    }
}
