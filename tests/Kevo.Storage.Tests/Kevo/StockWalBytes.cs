using System.Buffers.Binary;
using System.IO.Hashing;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>Builds stock WAL files from plain bytes, independently of the product's writer.</summary>
internal sealed class StockWalBytes
{
    private readonly List<byte> _bytes = [];

    public int Length => _bytes.Count;

    public byte[] ToArray() => [.. _bytes];

    public static byte[] Entry(byte operation, ulong sequence, byte[] key, byte[]? value)
    {
        var entry = new List<byte> { operation };
        entry.AddRange(BitConverter.GetBytes(sequence));
        entry.AddRange(BitConverter.GetBytes(key.Length));
        entry.AddRange(key);
        if (value is not null)
        {
            entry.AddRange(BitConverter.GetBytes(value.Length));
            entry.AddRange(value);
        }

        return [.. entry];
    }

    public StockWalBytes Record(byte type, byte[] payload)
    {
        Span<byte> header = stackalloc byte[7];
        BinaryPrimitives.WriteUInt32LittleEndian(header, Crc32.HashToUInt32(payload));
        BinaryPrimitives.WriteUInt16LittleEndian(header[4..], (ushort)payload.Length);
        header[6] = type;
        _bytes.AddRange(header);
        _bytes.AddRange(payload);
        return this;
    }

    public StockWalBytes Put(ulong sequence, string key, string value) =>
        Record(1, Entry(1, sequence, Bytes(key), Bytes(value)));

    public StockWalBytes Delete(ulong sequence, string key) => Record(1, Entry(2, sequence, Bytes(key), null));

    /// <summary>An entry cut into fragments of the given lengths; the last takes the rest.</summary>
    public StockWalBytes Fragments(byte[] entry, params ReadOnlySpan<int> lengths)
    {
        int at = 0;
        for (int i = 0; i < lengths.Length; i++)
        {
            Record((byte)(i == 0 ? 2 : 3), entry[at..(at + lengths[i])]);
            at += lengths[i];
        }

        return Record(4, entry[at..]);
    }

    public StockWalBytes Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public StockWalBytes Zeros(int count) => Raw(new byte[count]);

    public StockWalBytes Flip(int offset)
    {
        _bytes[offset] ^= 0x10;
        return this;
    }

    public static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);
}
