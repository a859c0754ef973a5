using System.Buffers.Binary;
using System.IO.Hashing;

namespace Kevo.Storage.Tests.Tables;

/// <summary>
/// Encodes tables from plain data, straight from the description of the format and independently of the product's
/// writer: as stock does (restart points every 16 entries, first keys in the index, bloom records), or with any other
/// restart interval and index keys.
/// </summary>
public sealed class StockTableEncoder
{
    private const int BloomBits = 9586;
    private const int BloomHashes = 7;

    /// <summary>
    /// Entries between restart points; 0 is our own layout: one restart point, a size without overhead.
    /// </summary>
    public int RestartInterval { get; init; } = 16;

    public long BlockSize { get; init; } = 65536;

    public bool LastKeys { get; init; }

    public bool Bloom { get; init; } = true;

    public long Created { get; init; }

    public uint Version { get; init; } = 2;

    public byte[] Encode(IReadOnlyList<TableEntry> entries)
    {
        var file = new List<byte>();
        var index = new List<TableEntry>();
        var blooms = new List<byte>();
        ulong previousOffset = 0;
        foreach (List<TableEntry> block in Cut(entries))
        {
            byte[] bytes = EncodeBlock(block);
            byte[] place = new byte[12];
            BinaryPrimitives.WriteInt64LittleEndian(place, file.Count);
            BinaryPrimitives.WriteInt32LittleEndian(place.AsSpan(8), bytes.Length);
            index.Add(new TableEntry(LastKeys ? block[^1].Key : block[0].Key, place, 0));
            blooms.AddRange(EncodeBloom(block, previousOffset));
            previousOffset = (ulong)file.Count;
            file.AddRange(bytes);
        }

        long bloomOffset = Bloom ? file.Count : 0;
        if (Bloom)
        {
            file.AddRange(blooms);
        }

        long indexOffset = file.Count;
        byte[] indexBytes = EncodeBlock(index);
        file.AddRange(indexBytes);
        file.AddRange(EncodeFooter(
            indexOffset, indexBytes.Length, entries.Count, bloomOffset, Bloom ? blooms.Count : 0));
        return [.. file];
    }

    public byte[] EncodeBlock(IReadOnlyList<TableEntry> entries)
    {
        var bytes = new List<byte>();
        var restarts = new List<int>();
        byte[] previous = [];
        for (int i = 0; i < entries.Count; i++)
        {
            byte[] key = entries[i].Key;
            int shared = 0;
            if (RestartInterval == 0 ? i == 0 : i % RestartInterval == 0)
            {
                restarts.Add(bytes.Count);
                bytes.AddRange(U16(key.Length));
            }
            else
            {
                while (shared < key.Length && shared < previous.Length && key[shared] == previous[shared])
                {
                    shared++;
                }

                bytes.AddRange(U16(shared));
                bytes.AddRange(U16(key.Length - shared));
            }

            bytes.AddRange(key[shared..]);
            bytes.AddRange(U64(entries[i].Sequence));
            bytes.AddRange(U32(entries[i].Value is null ? uint.MaxValue : (uint)entries[i].Value!.Length));
            bytes.AddRange(entries[i].Value ?? []);
            previous = key;
        }

        foreach (int restart in restarts)
        {
            bytes.AddRange(U32((uint)restart));
        }

        bytes.AddRange(U32((uint)restarts.Count));
        bytes.AddRange(U64(XxHash64.HashToUInt64(bytes.ToArray())));
        return [.. bytes];
    }

    private byte[] EncodeFooter(long indexOffset, int indexLength, int count, long bloomOffset, int bloomLength)
    {
        var footer = new List<byte>();
        footer.AddRange(U64(0xFACEFEEDFACEFEED));
        footer.AddRange(U32(Version));
        footer.AddRange(U64((ulong)Created));
        footer.AddRange(U64((ulong)indexOffset));
        footer.AddRange(U32((uint)indexLength));
        footer.AddRange(U32((uint)count));
        footer.AddRange(new byte[8]);
        if (Version < 2)
        {
            footer.AddRange(U64(XxHash64.HashToUInt64(footer.ToArray())));
            footer.AddRange(new byte[16]);
            return [.. footer];
        }

        footer.AddRange(U64((ulong)bloomOffset));
        footer.AddRange(U32((uint)bloomLength));
        footer.AddRange(new byte[4]);
        footer.AddRange(U64(XxHash64.HashToUInt64(footer.ToArray())));
        return [.. footer];
    }

    private IEnumerable<List<TableEntry>> Cut(IReadOnlyList<TableEntry> entries)
    {
        var block = new List<TableEntry>();
        long sum = 0;
        foreach (TableEntry entry in entries)
        {
            block.Add(entry);
            sum += entry.Key.Length + (entry.Value?.Length ?? 0) + 16;
            int restarts = RestartInterval == 0 ? 0 : (block.Count + RestartInterval - 1) / RestartInterval;
            int overhead = RestartInterval == 0 ? 0 : (4 * restarts) + 12;
            if (sum + overhead >= BlockSize)
            {
                yield return block;
                block = [];
                sum = 0;
            }
        }

        if (block.Count > 0)
        {
            yield return block;
        }
    }

    private static byte[] EncodeBloom(List<TableEntry> block, ulong label)
    {
        byte[] bits = new byte[(BloomBits + 7) / 8];
        foreach (TableEntry entry in block)
        {
            foreach (int bit in BloomBitsOf(entry.Key))
            {
                bits[bit / 8] |= (byte)(1 << (bit % 8));
            }
        }

        return
        [
            .. U64(label), .. U32((uint)(32 + bits.Length)),
            .. U64(BloomBits), .. U64(BloomHashes), .. U64(1000), .. U64((ulong)block.Count), .. bits,
        ];
    }

    public static int[] BloomBitsOf(byte[] key)
    {
        int[] bits = new int[BloomHashes];
        for (int j = 0; j < BloomHashes; j++)
        {
            ulong hash = 0xCBF29CE484222325;
            foreach (byte b in (byte[])[.. key, .. U64((ulong)j)])
            {
                hash = (hash ^ b) * 0x100000001B3;
            }

            bits[j] = (int)(hash % BloomBits);
        }

        return bits;
    }

    private static byte[] U16(int value) => [(byte)value, (byte)(value >> 8)];

    private static byte[] U32(uint value) => BitConverter.GetBytes(value);

    private static byte[] U64(ulong value) => BitConverter.GetBytes(value);
}
