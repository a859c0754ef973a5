using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace Kevo.Storage.Tests.Log;

/// <summary>
/// Writes segment bytes by the drawing in <c>docs/LOG_FORMAT.md</c>, independent of the product's code, so that
/// tests can make what that code never would.
/// </summary>
internal sealed class SegmentForge
{
    private readonly byte[] _bytes;
    private readonly ulong _salt;

    internal SegmentForge(
        uint id, ulong epoch, ulong firstSequence, ulong salt = 77, int length = 4096, uint version = 1)
    {
        _bytes = new byte[length];
        _salt = salt;
        Encoding.ASCII.GetBytes("KEVO-LOG").CopyTo(_bytes, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(8), version);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(12), 64);
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(16), id);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(24), epoch);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(32), firstSequence);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(40), salt);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(48), (ulong)length);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(56), XxHash3.HashToUInt64(_bytes.AsSpan(0, 56)));
        At = 64;
    }

    /// <summary>Where the next frame goes.</summary>
    internal int At { get; private set; }

    /// <summary>The whole segment with its free rest.</summary>
    internal byte[] Bytes => _bytes;

    /// <summary>Adds a frame with these payloads.</summary>
    internal SegmentForge Frame(ulong first, ulong last, params byte[][] payloads) =>
        Raw(first, last, payloads.Length, payloads);

    /// <summary>Adds a frame whose header may lie about the entries; the checksum is right.</summary>
    internal SegmentForge Raw(ulong first, ulong last, int count, params byte[][] payloads)
    {
        int start = At;
        int at = start + 40;
        foreach (byte[] payload in payloads)
        {
            BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(at), payload.Length);
            payload.CopyTo(_bytes, at + 4);
            at += 4 + payload.Length;
        }

        At = (at + 7) / 8 * 8;
        Seal(start, At - start, count, first, last);
        return this;
    }

    /// <summary>Adds the end mark; <see cref="Bytes"/> stays uncut.</summary>
    internal SegmentForge EndMark(ulong last)
    {
        Seal(At, 40, 0, last + 1, last);
        At += 40;
        return this;
    }

    /// <summary>The bytes up to the last frame or end mark.</summary>
    internal byte[] Cut() => _bytes[..At];

    private void Seal(int start, int length, int count, ulong first, ulong last)
    {
        ulong mark = unchecked(_salt + (ulong)start);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(start), mark);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(start + 16), length);
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.AsSpan(start + 20), count);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(start + 24), first);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(start + 32), last);
        BinaryPrimitives.WriteUInt64LittleEndian(
            _bytes.AsSpan(start + 8),
            XxHash3.HashToUInt64(_bytes.AsSpan(start + 16, length - 16), unchecked((long)mark)));
    }
}
