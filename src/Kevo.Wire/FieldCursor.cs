using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Kevo.Core;

namespace Kevo.Wire;

/// <summary>
/// Walks the fields of one encoded protobuf message. Every fault is a <see cref="ProtocolException"/> with the byte
/// offset in the whole response; nothing else is ever thrown, whatever the bytes are.
/// </summary>
/// <param name="bytes">The message to walk.</param>
/// <param name="offset">Where it starts in the whole response, for messages.</param>
internal ref struct FieldCursor(ReadOnlySpan<byte> bytes, int offset)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int LengthDelimited = 2;
    private const int Fixed32 = 5;
    private const int LongestVarint = 10;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly int _offset = offset;

    /// <summary>Bytes consumed so far.</summary>
    public int Position { get; private set; }

    /// <summary>True when no field is left.</summary>
    public readonly bool AtEnd => Position >= _bytes.Length;

    /// <summary>Offset of the next byte in the whole response.</summary>
    public readonly int Offset => _offset + Position;

    /// <summary>Reads the key of the next field: field number times 8 plus wire type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadTag()
    {
        int start = Position;
        ulong tag = ReadVarint();
        if (tag is < 8 or > uint.MaxValue)
        {
            ThrowBadTag(start, tag);
        }

        return (uint)tag;
    }

    /// <summary>Reads a variable-length integer of at most 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadVarint()
    {
        int at = Position;
        if ((uint)at < (uint)_bytes.Length && _bytes[at] < 0x80)
        {
            Position = at + 1;
            return _bytes[at];
        }

        return ReadLongVarint();
    }

    /// <summary>Reads a length and the bytes it counts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> ReadBytes()
    {
        int start = Position;
        ulong length = ReadVarint();
        int at = Position;
        if (length > (ulong)(_bytes.Length - at))
        {
            ThrowBadLength(start, length);
        }

        Position = at + (int)length;
        return _bytes.Slice(at, (int)length);
    }

    /// <summary>Passes over the value of a field this version does not know.</summary>
    public void Skip(uint tag)
    {
        switch (tag & 7)
        {
            case Varint:
                _ = ReadVarint();
                break;
            case Fixed64:
                SkipFixed(sizeof(ulong));
                break;
            case LengthDelimited:
                _ = ReadBytes();
                break;
            case Fixed32:
                SkipFixed(sizeof(uint));
                break;
            default:
                ThrowWireType(tag);
                break;
        }
    }

    /// <summary>Refuses a field whose wire type is not the one the protocol gives it, or is none at all.</summary>
    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    public readonly void ThrowWireType(uint tag) => throw new ProtocolException(
        $"Malformed stream response at byte {Offset}: field {tag >> 3} has wire type {tag & 7}, which it cannot have.");

    // Numbers of two to eight bytes are the usual case (lengths above 127, sequences): one load, and the seven-bit
    // groups pushed together pairwise, without a loop over the bytes.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong ReadLongVarint()
    {
        int start = Position;
        ReadOnlySpan<byte> rest = _bytes[start..];
        if (rest.Length >= sizeof(ulong))
        {
            ulong word = BinaryPrimitives.ReadUInt64LittleEndian(rest);
            ulong ends = ~word & 0x8080808080808080;
            if (ends != 0)
            {
                int bits = BitOperations.TrailingZeroCount(ends) + 1;
                Position = start + (bits / 8);
                word &= ulong.MaxValue >> (64 - bits);
                word = ((word & 0x7F007F007F007F00) >> 1) | (word & 0x007F007F007F007F);
                word = ((word & 0x3FFF00003FFF0000) >> 2) | (word & 0x00003FFF00003FFF);
                return ((word & 0x0FFFFFFF00000000) >> 4) | (word & 0x000000000FFFFFFF);
            }
        }

        return ReadLongVarint(start, rest);
    }

    private ulong ReadLongVarint(int start, ReadOnlySpan<byte> rest)
    {
        ulong value = 0;
        int length = Math.Min(rest.Length, LongestVarint);
        for (int i = 0; i < length; i++)
        {
            byte part = rest[i];
            value |= (ulong)(part & 0x7F) << (7 * i);
            if (part < 0x80)
            {
                if (i == LongestVarint - 1 && part > 1)
                {
                    break;
                }

                Position = start + i + 1;
                return value;
            }
        }

        throw new ProtocolException(rest.Length < LongestVarint
            ? $"Malformed stream response at byte {_offset + start}: the message ends inside a number."
            : $"Malformed stream response at byte {_offset + start}: a number is longer than 64 bits.");
    }

    private void SkipFixed(int length)
    {
        if (_bytes.Length - Position < length)
        {
            ThrowBadLength(Position, (ulong)length);
        }

        Position += length;
    }

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void ThrowBadTag(int start, ulong tag) => throw new ProtocolException(
        $"Malformed stream response at byte {_offset + start}: {tag} is no field key.");

    [DoesNotReturn]
    [MethodImpl(MethodImplOptions.NoInlining)]
    private readonly void ThrowBadLength(int start, ulong length) => throw new ProtocolException(
        $"Malformed stream response at byte {_offset + start}: a field of {length} bytes, but only " +
        $"{_bytes.Length - Position} bytes are left.");
}
