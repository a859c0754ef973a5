using System.Buffers.Binary;
using Kevo.Core;

namespace Kevo.Storage.Kevo;

/// <summary>
/// One logical entry of a stock WAL as a view over its bytes. More lenient than <see cref="WalEntry"/>, because stock
/// is: any sequence, any lengths that fit, an empty key, bytes behind the end.
/// </summary>
public readonly ref struct StockEntry
{
    private readonly int _keyLength;

    private StockEntry(ReadOnlySpan<byte> payload, int keyLength)
    {
        Payload = payload;
        _keyLength = keyLength;
    }

    /// <summary>The entry's bytes, without any behind its end.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>What the entry does. Stock itself ignores a merge.</summary>
    public Operation Operation => (Operation)Payload[0];

    /// <summary>The stored number. Not a position: stock starts again at 1 after each flush.</summary>
    public ulong Sequence => BinaryPrimitives.ReadUInt64LittleEndian(Payload[1..]);

    /// <summary>The key; stock's own calls never write an empty one.</summary>
    public ReadOnlySpan<byte> Key => Payload.Slice(StockWalFormat.EntryFixedLength, _keyLength);

    /// <summary>The value; empty for a delete.</summary>
    public ReadOnlySpan<byte> Value =>
        Operation == Operation.Delete
            ? default
            : Payload[(StockWalFormat.EntryFixedLength + _keyLength + sizeof(uint))..];

    /// <summary>Views the bytes as an entry by stock's own rules; false when stock would skip them.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out StockEntry entry)
    {
        entry = default;
        if (bytes.Length < StockWalFormat.EntryFixedLength || bytes[0] is < 1 or > 3)
        {
            return false;
        }

        uint keyLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[9..]);
        long end = StockWalFormat.EntryFixedLength + (long)keyLength;
        if (end > bytes.Length)
        {
            return false;
        }

        if (bytes[0] != (byte)Operation.Delete)
        {
            if (bytes.Length - end < sizeof(uint))
            {
                return false;
            }

            end += sizeof(uint) + BinaryPrimitives.ReadUInt32LittleEndian(bytes[(int)end..]);
            if (end > bytes.Length)
            {
                return false;
            }
        }

        entry = new StockEntry(bytes[..(int)end], (int)keyLength);
        return true;
    }
}
