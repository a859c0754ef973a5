using System.Buffers.Binary;
using System.IO.Hashing;
using Kevo.Core;
using Kevo.Fuzz.Engine;
using Kevo.Storage.Kevo;
using Kevo.Testing.Disk;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// WAL files of stock Kevo, given as they are; an odd first byte makes the checksums of all records right that can be
/// reached by their lengths. Reading never fails, whatever the bytes; every range of the file is an entry or damage,
/// and no range is both.
/// </summary>
internal sealed class StockWalTarget : IFuzzTarget
{
    private const string Path = "/1700000000000000000.wal";
    private const int RecordHeaderLength = 7;

    /// <inheritdoc/>
    public string Name => "stock-wal";

    /// <inheritdoc/>
    public double Weight => 0.2;

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        SimulatedFileSystem disk = new();
        using (StockWalWriter writer = StockWalWriter.Create(disk, Path))
        {
            int entries = random.Next(1, 12);
            for (int i = 1; i <= entries; i++)
            {
                byte[] key = new byte[random.Next(1, 30)];
                byte[] value = new byte[random.Next(12) == 0 ? random.Next(20_000, 45_000) : random.Next(200)];
                random.NextBytes(key);
                random.NextBytes(value.AsSpan(0, value.Length / 2));
                writer.Append((Operation)random.Next(1, 3), (ulong)i, key, value);
            }
        }

        byte[] file = disk.ReadAllBytes("FUZZ:READ", Path, 1 << 20);
        return [(byte)random.Next(2), .. file, .. new byte[random.Next(4) == 0 ? random.Next(40) : 0]];
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.IsEmpty)
        {
            return signature.Value;
        }

        byte[] file = input[1..].ToArray();
        if (input[0] % 2 == 1)
        {
            Mend(file);
        }

        SimulatedFileSystem disk = new();
        DiskBytes.Write(disk, Path, file);
        using StockWalReader reader = StockWalReader.Open(disk, Path);
        long end = 0;
        int entries = 0;
        while (reader.MoveNext())
        {
            FuzzFindingException.Unless(
                reader.Offset >= end && reader.EndOffset > reader.Offset && reader.EndOffset <= file.Length,
                "two entries overlap, or one lies outside the file");
            FuzzFindingException.Unless(
                reader.Offset == end || reader.FollowsDamage, "bytes were left out without a word");
            StockEntry entry = reader.Entry;
            FuzzFindingException.Unless(
                entry.Payload.Length <= file.Length && entry.Operation is >= Operation.Put and <= Operation.Merge,
                "an entry that is none");
            signature.Add(entries < 4 ? (int)entry.Operation : 0);
            entries = Math.Min(entries + 1, 4);
            end = reader.EndOffset;
        }

        long damaged = 0;
        foreach (StockDamage damage in reader.Damage)
        {
            FuzzFindingException.Unless(
                damage.Offset >= 0 && damage.Length >= 0 && damage.Offset + damage.Length <= file.Length,
                "damage outside the file");
            damaged += damage.Length;
            signature.Add((int)damage.Kind);
        }

        FuzzFindingException
            .Unless(end == file.Length || damaged > 0, "the end of the file was left out without a word");
        return signature.Value;
    }

    private static void Mend(Span<byte> file)
    {
        while (file.Length >= RecordHeaderLength)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(file[4..]);
            if (length > file.Length - RecordHeaderLength)
            {
                return;
            }

            BinaryPrimitives.WriteUInt32LittleEndian(file, Crc32.HashToUInt32(file.Slice(RecordHeaderLength, length)));
            file = file[(RecordHeaderLength + length)..];
        }
    }
}
