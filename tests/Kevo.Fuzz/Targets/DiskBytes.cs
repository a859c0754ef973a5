using System.Buffers.Binary;
using System.IO.Hashing;
using Kevo.Platform;

namespace Kevo.Fuzz.Targets;

/// <summary>Files for targets that read from disk, and damage to them as a program of edits.</summary>
internal static class DiskBytes
{
    /// <summary>Bytes of one edit: kind, offset (2), operand.</summary>
    public const int EditLength = 4;

    private static readonly ulong[] Numbers =
        [0, 1, 7, 8, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, long.MaxValue, ulong.MaxValue, 40, 64, 4096];

    /// <summary>Creates a file with these bytes.</summary>
    public static void Write(IFileSystem fileSystem, string path, ReadOnlySpan<byte> bytes)
    {
        using IAppendFile file = fileSystem.CreateAppend("FUZZ:WRITE", path);
        file.Append("FUZZ:WRITE", bytes);
        file.Sync("FUZZ:WRITE");
    }

    /// <summary>A program of a few edits.</summary>
    public static byte[] AnyEdits(Random random, int header)
    {
        byte[] program = new byte[header + (EditLength * random.Next(5))];
        random.NextBytes(program);
        return program;
    }

    /// <summary>
    /// A program of a few edits behind two bytes: one of the target's own, and how much is cut off; one program in
    /// <paramref name="cutOneIn"/> cuts something off.
    /// </summary>
    public static byte[] AnyEditsAndCut(Random random, int cutOneIn)
    {
        byte[] program = AnyEdits(random, header: 2);
        program[1] = (byte)(random.Next(cutOneIn) == 0 ? program[1] : 0);
        return program;
    }

    /// <summary>Makes the checksum right that ends the bytes: XXH64 of all before it.</summary>
    public static void Seal(Span<byte> bytes) => BinaryPrimitives.WriteUInt64LittleEndian(
        bytes[^sizeof(ulong)..], XxHash64.HashToUInt64(bytes[..^sizeof(ulong)]));

    /// <summary>
    /// Runs a program over the bytes of several files, which it sees as one: turn bits over, set a byte, write a number
    /// of 32 or 64 bits, clear a stretch, or copy a stretch from further ahead.
    /// </summary>
    public static void Edit(ReadOnlySpan<byte> program, params ReadOnlySpan<byte[]> files)
    {
        int total = 0;
        foreach (byte[] file in files)
        {
            total += file.Length;
        }

        for (; program.Length >= EditLength && total > 0; program = program[EditLength..])
        {
            int at = BinaryPrimitives.ReadUInt16LittleEndian(program[1..]) % total;
            int index = 0;
            while (at >= files[index].Length)
            {
                at -= files[index++].Length;
            }

            EditOnce(files[index].AsSpan(at), program[0], program[3]);
        }
    }

    private static void EditOnce(Span<byte> place, byte kind, byte operand)
    {
        ulong number = Numbers[(operand >> 2) % Numbers.Length] + (ulong)((operand & 3) - 1);
        switch (kind % 6)
        {
            case 0:
                place[0] ^= (byte)(1 << (operand & 7));
                break;
            case 1:
                place[0] = operand;
                break;
            case 2 when place.Length >= sizeof(uint):
                BinaryPrimitives.WriteUInt32LittleEndian(place, (uint)number);
                break;
            case 3 when place.Length >= sizeof(ulong):
                BinaryPrimitives.WriteUInt64LittleEndian(place, number);
                break;
            case 4:
                place[..Math.Min(place.Length, operand * 4)].Clear();
                break;
            default:
                int length = Math.Min(1 + (operand & 0x3F), place.Length / 2);
                place.Slice(place.Length - length, length).CopyTo(place);
                break;
        }
    }
}
