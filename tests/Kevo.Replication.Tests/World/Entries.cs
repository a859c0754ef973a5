using System.Buffers.Binary;
using System.Text;
using Kevo.Core;
using Kevo.Wire;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;
using Google.Protobuf;

namespace Kevo.Replication.Tests.World;

/// <summary>Makes payloads and responses.</summary>
internal static class Entries
{
    public static StreamMessagePool Pool { get; } = new();

    public static byte[] Put(ulong sequence, string key, string value) =>
        Payload(Operation.Put, sequence, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value));

    public static byte[] Put(ulong sequence) => Put(sequence, $"key-{sequence}", $"value-{sequence}");

    public static byte[] Delete(ulong sequence, string key) =>
        Payload(Operation.Delete, sequence, Encoding.UTF8.GetBytes(key), []);

    public static byte[] Payload(Operation operation, ulong sequence, byte[] key, byte[] value)
    {
        byte[] payload = new byte[WalEntry.PayloadLength(operation, key.Length, value.Length)];
        WalEntry.Write(payload, operation, sequence, key, value);
        return payload;
    }

    /// <summary>The operations of one transaction, keys ascending.</summary>
    public static byte[][] Transaction(ulong sequence, int operations) =>
        [.. Enumerable.Range(0, operations).Select(i => Put(sequence, $"t{sequence}-{i:d5}", $"{i}"))];

    public static ulong SequenceOf(byte[] payload) => BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(1));

    /// <summary>A response with these raw payloads.</summary>
    public static StreamMessage Message(params IEnumerable<byte[]> payloads) => Message(FragmentType.Full, payloads);

    /// <summary>A response whose last entry carries the fragment type.</summary>
    public static StreamMessage Message(FragmentType last, params IEnumerable<byte[]> payloads)
    {
        WALStreamResponse response = Response(payloads);
        if (response.Entries.Count > 0)
        {
            response.Entries[^1].FragmentType = last;
        }

        return Copy(response);
    }

    /// <summary>A live write as a stock primary sends it: said to be compressed, and raw.</summary>
    public static StreamMessage Broadcast(byte[] payload)
    {
        WALStreamResponse response = Response([payload]);
        response.Compressed = true;
        response.Codec = CompressionCodec.Zstd;
        return Copy(response);
    }

    public static StreamMessage Heartbeat() => Pool.Copy(ReadOnlySpan<byte>.Empty);

    public static StreamMessage Range(ulong first, ulong last) =>
        Message(Enumerable.Range(0, (int)(last - first + 1)).Select(i => Put(first + (ulong)i)));

    public static StreamMessage Compressed(ICodec codec, params IEnumerable<byte[]> payloads)
    {
        WALStreamResponse response = Response(payloads);
        response.Compressed = true;
        response.Codec = codec.Codec;
        foreach (WALEntry entry in response.Entries)
        {
            byte[] frame = new byte[codec.MaxCompressedLength(entry.Payload.Length)];
            int length = codec.Compress(entry.Payload.Span, frame);
            entry.Payload = ByteString.CopyFrom(frame, 0, length);
        }

        return Copy(response);
    }

    public static StreamMessage Copy(WALStreamResponse response) => Pool.Copy(response.ToByteArray());

    public static WALStreamResponse Response(IEnumerable<byte[]> payloads)
    {
        WALStreamResponse response = new();
        foreach (byte[] payload in payloads)
        {
            response.Entries.Add(new WALEntry
            {
                SequenceNumber = SequenceOf(payload),
                Payload = ByteString.CopyFrom(payload),
            });
        }

        return response;
    }
}
