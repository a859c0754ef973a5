using System.Buffers.Binary;

namespace Kevo.Fuzz.Engine;

/// <summary>Changes an input in a few places: single bits up to whole stretches taken from another input.</summary>
internal sealed class Mutator(Random random, int maxLength)
{
    private static readonly ulong[] Numbers =
    [
        0, 1, 2, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF,
        0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0xFFFFFFFFFFFFFFFF, 32768, 1 << 20, 10 << 20, 64 << 20,
    ];

    /// <summary>A changed copy of <paramref name="input"/>; stretches may come from <paramref name="other"/>.</summary>
    public byte[] Mutate(byte[] input, byte[] other)
    {
        byte[] bytes = [.. input];
        for (int change = 1 << random.Next(4); change > 0; change--)
        {
            bytes = Change(bytes, other);
        }

        return bytes;
    }

    private byte[] Change(byte[] bytes, byte[] other)
    {
        if (bytes.Length == 0)
        {
            return random.Next(2) == 0 ? [(byte)random.Next(256)] : [.. other];
        }

        int at = random.Next(bytes.Length);
        switch (random.Next(9))
        {
            case 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                return bytes;
            case 1:
                bytes[at] = (byte)random.Next(256);
                return bytes;
            case 2:
                bytes[at] += (byte)random.Next(-16, 17);
                return bytes;
            case 3:
                WriteNumber(bytes.AsSpan(at));
                return bytes;
            case 4:
                return [.. bytes[..at], .. bytes[(at + Stretch(bytes.Length - at))..]];
            case 5:
                return Insert(bytes, at, bytes.AsSpan(at, Stretch(bytes.Length - at)));
            case 6:
                int from = random.Next(other.Length + 1);
                return Insert(bytes, at, other.AsSpan(from, Stretch(other.Length - from)));
            case 7:
                return InsertVarint(bytes, at);
            default:
                return bytes[..at];
        }
    }

    // Mostly short, sometimes everything.
    private int Stretch(int available) =>
        random.Next(8) == 0 ? available : Math.Min(available, 1 + random.Next(16));

    private byte[] Insert(byte[] bytes, int at, ReadOnlySpan<byte> stretch) =>
        bytes.Length + stretch.Length > maxLength ? bytes : [.. bytes[..at], .. stretch, .. bytes[at..]];

    private byte[] InsertVarint(byte[] bytes, int at)
    {
        List<byte> number = [];
        for (ulong rest = Numbers[random.Next(Numbers.Length)]; ; rest >>= 7)
        {
            number.Add((byte)(rest >= 0x80 ? rest | 0x80 : rest));
            if (rest < 0x80)
            {
                return Insert(bytes, at, number.ToArray());
            }
        }
    }

    private void WriteNumber(Span<byte> place)
    {
        ulong number = Numbers[random.Next(Numbers.Length)];
        number += (ulong)random.Next(-1, 2);
        if (place.Length >= sizeof(ulong) && random.Next(2) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(place, number);
        }
        else if (place.Length >= sizeof(uint))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)number);
        }
        else
        {
            place[0] = (byte)number;
        }
    }
}
