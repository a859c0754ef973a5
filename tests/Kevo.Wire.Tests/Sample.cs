using Google.Protobuf;
using Kevo.Core;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>Entries and responses for tests, made with the generated contracts.</summary>
internal static class Sample
{
    /// <summary>A put payload.</summary>
    public static byte[] Put(ulong sequence, string key, params ReadOnlySpan<byte> value) =>
        Payload(Operation.Put, sequence, System.Text.Encoding.UTF8.GetBytes(key), value);

    /// <summary>A put payload whose value compresses well.</summary>
    public static byte[] LongPut(ulong sequence, int valueLength)
    {
        byte[] value = new byte[valueLength];
        for (int i = 0; i < value.Length; i++)
        {
            value[i] = (byte)"a value that repeats itself; "[i % 29];
        }

        return Put(sequence, "a-long-one", value);
    }

    /// <summary>Any payload.</summary>
    public static byte[] Payload(Operation operation, ulong sequence, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        byte[] payload = new byte[WalEntry.PayloadLength(operation, key.Length, value.Length)];
        WalEntry.Write(payload, operation, sequence, key, value);
        return payload;
    }

    /// <summary>A response with one entry.</summary>
    public static byte[] Response(
        ulong sequence, byte[] payload, CompressionCodec? codec = null, uint checksum = 0, int fragmentType = 0)
    {
        WALStreamResponse response = new()
        {
            Compressed = codec is not null,
            Codec = codec ?? CompressionCodec.None,
        };
        response.Entries.Add(new WALEntry
        {
            SequenceNumber = sequence,
            Payload = ByteString.CopyFrom(payload),
            Checksum = checksum,
            FragmentType = (FragmentType)fragmentType,
        });
        return response.ToByteArray();
    }

    /// <summary>Random bytes that half compress: runs and noise.</summary>
    public static byte[] Compressible(Random random, int length)
    {
        byte[] bytes = new byte[length];
        for (int at = 0; at < length;)
        {
            int run = Math.Min(random.Next(1, 200), length - at);
            switch (random.Next(3))
            {
                case 0:
                    random.NextBytes(bytes.AsSpan(at, run));
                    break;
                case 1:
                    bytes.AsSpan(at, run).Fill((byte)random.Next(256));
                    break;
                default:
                    int from = random.Next(at + 1);
                    int count = Math.Min(run, at - from);
                    bytes.AsSpan(from, count).CopyTo(bytes.AsSpan(at));
                    break;
            }

            at += run;
        }

        return bytes;
    }
}
