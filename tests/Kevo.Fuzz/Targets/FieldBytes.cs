using Google.Protobuf;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// Writes protobuf fields one by one, so that they can be put in any order, doubled, and mixed with unknown ones.
/// </summary>
internal sealed class FieldBytes(Random random)
{
    private readonly List<byte[]> _fields = [];

    /// <summary>Adds a number, now and then in a longer form than needed.</summary>
    public void Number(int field, ulong value) => _fields.Add([.. Varint((ulong)field << 3), .. Varint(value)]);

    /// <summary>Adds bytes.</summary>
    public void Bytes(int field, byte[] value) =>
        _fields.Add([.. Varint(((ulong)field << 3) | 2), .. Varint((ulong)value.Length), .. value]);

    /// <summary>
    /// All fields, mostly in order; sometimes shuffled, one doubled, or with unknown ones between them.
    /// </summary>
    public byte[] Shuffled(int unknownFrom)
    {
        if (random.Next(4) == 0)
        {
            Unknown(random.Next(unknownFrom, unknownFrom + 100));
        }

        if (_fields.Count > 0 && random.Next(6) == 0)
        {
            _fields.Add(_fields[random.Next(_fields.Count)]);
        }

        byte[][] fields = [.. _fields];
        if (random.Next(3) == 0)
        {
            random.Shuffle(fields);
        }

        return [.. fields.SelectMany(field => field)];
    }

    private void Unknown(int field)
    {
        int wireType = random.Next(4) switch { 0 => 0, 1 => 1, 2 => 2, _ => 5 };
        byte[] value = wireType switch
        {
            0 => Varint((ulong)random.NextInt64() >> random.Next(64)),
            1 => new byte[8],
            2 => [3, 1, 2, 3],
            _ => new byte[4],
        };
        _fields.Add([.. Varint(((ulong)field << 3) | (uint)wireType), .. value]);
    }

    private byte[] Varint(ulong value)
    {
        byte[] bytes = new byte[12];
        CodedOutputStream output = new(bytes);
        output.WriteUInt64(value);
        output.Flush();
        int length = CodedOutputStream.ComputeUInt64Size(value);
        if (length < 5 && random.Next(40) == 0)
        {
            bytes[length - 1] |= 0x80;
            length++;
        }

        return bytes[..length];
    }
}
