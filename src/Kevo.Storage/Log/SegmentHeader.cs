using System.Buffers.Binary;
using System.IO.Hashing;

namespace Kevo.Storage.Log;

/// <summary>The first bytes of a segment file. <c>docs/LOG_FORMAT.md</c> draws them.</summary>
/// <param name="Id">Number of the segment; also in the file's name. Consecutive, from 1.</param>
/// <param name="Epoch">The epoch all its frames belong to.</param>
/// <param name="FirstSequence">The sequence its first frame starts with, written or not.</param>
/// <param name="Salt">Enters every frame's mark and checksum; odd, so that no mark is ever 0.</param>
/// <param name="AllocatedLength">Bytes of the file when it was made; a shorter file must have an end mark.</param>
/// <param name="IsRecycled">
/// Whether the file was another segment before: then what lies behind the last frame can be that one's bytes.
/// </param>
internal readonly record struct SegmentHeader(
    uint Id, ulong Epoch, ulong FirstSequence, ulong Salt, ulong AllocatedLength, bool IsRecycled = false)
{
    /// <summary>Bytes of the header.</summary>
    internal const int Length = 64;

    /// <summary>The version this code writes, and the only one it reads.</summary>
    internal const uint CurrentVersion = 1;

    // "KEVO-LOG" read as a little-endian number.
    private const ulong Magic = 0x474F_4C2D_4F56_454B;
    private const int VersionOffset = 8;
    private const int LengthOffset = 12;
    private const int IdOffset = 16;
    private const int FlagsOffset = 20;
    private const int EpochOffset = 24;
    private const int FirstSequenceOffset = 32;
    private const int SaltOffset = 40;
    private const int AllocatedLengthOffset = 48;
    private const int ChecksumOffset = 56;
    private const uint RecycledFlag = 1;

    /// <summary>The number a frame at <paramref name="offset"/> of this segment starts with.</summary>
    internal ulong MarkAt(long offset) => unchecked(Salt + (ulong)offset);

    /// <summary>Writes the header to the start of a segment.</summary>
    internal void Write(Span<byte> destination)
    {
        destination[..Length].Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(destination, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[VersionOffset..], CurrentVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[LengthOffset..], Length);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[IdOffset..], Id);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[FlagsOffset..], IsRecycled ? RecycledFlag : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[EpochOffset..], Epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[FirstSequenceOffset..], FirstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[SaltOffset..], Salt);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[AllocatedLengthOffset..], AllocatedLength);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[ChecksumOffset..], ChecksumOf(destination));
    }

    /// <summary>Reads a header; a null case means it is good.</summary>
    /// <param name="source">The first bytes of the file, at most <see cref="Length"/>.</param>
    /// <param name="header">The header, when it is good.</param>
    /// <param name="version">The version found, when the magic is right.</param>
    internal static RecoveryCase? TryRead(ReadOnlySpan<byte> source, out SegmentHeader header, out uint version)
    {
        header = default;
        version = 0;
        if (source.Length < Length)
        {
            return RecoveryCase.ShortHeader;
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(source) != Magic)
        {
            return RecoveryCase.MissingHeader;
        }

        version = BinaryPrimitives.ReadUInt32LittleEndian(source[VersionOffset..]);
        if (version != CurrentVersion)
        {
            return RecoveryCase.UnknownVersion;
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(source[ChecksumOffset..]) != ChecksumOf(source))
        {
            return RecoveryCase.CorruptHeader;
        }

        header = new SegmentHeader(
            BinaryPrimitives.ReadUInt32LittleEndian(source[IdOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[EpochOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[FirstSequenceOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[SaltOffset..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[AllocatedLengthOffset..]),
            (BinaryPrimitives.ReadUInt32LittleEndian(source[FlagsOffset..]) & RecycledFlag) != 0);
        return null;
    }

    /// <summary>The salt in the bytes of a header, right or not.</summary>
    internal static ulong SaltOf(ReadOnlySpan<byte> header) =>
        BinaryPrimitives.ReadUInt64LittleEndian(header[SaltOffset..]);

    private static ulong ChecksumOf(ReadOnlySpan<byte> header) => XxHash3.HashToUInt64(header[..ChecksumOffset]);
}
