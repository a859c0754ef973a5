using Google.Protobuf;
using Kevo.Core;
using Kevo.Fuzz.Engine;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// The reader of stream responses against the protobuf library: what ours accepts the library accepts too, and finds
/// the same in it.
/// </summary>
internal sealed class StreamResponseTarget : IFuzzTarget
{
    /// <inheritdoc/>
    public string Name => "stream-response";

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        FieldBytes response = new(random);
        for (int i = random.Next(6); i > 0; i--)
        {
            response.Bytes(1, AnyEntry(random));
        }

        if (random.Next(2) == 0)
        {
            response.Number(2, (ulong)random.Next(3));
        }

        if (random.Next(2) == 0)
        {
            response.Number(3, (ulong)random.Next(-1, 4));
        }

        return response.Shuffled(unknownFrom: 4);
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        WALStreamResponse? expected = null;
        InvalidProtocolBufferException? refusal = null;
        try
        {
            expected = WALStreamResponse.Parser.ParseFrom(input.ToArray());
        }
        catch (InvalidProtocolBufferException error)
        {
            refusal = error;
        }

        try
        {
            Compare(input, expected, refusal, ref signature);
        }
        catch (ProtocolException error)
        {
            signature.Add(error);
        }

        return signature.Value;
    }

    private static void Compare(
        ReadOnlySpan<byte> input, WALStreamResponse? expected, Exception? refusal, ref Signature signature)
    {
        StreamResponseReader reader = new(input);
        signature.AddMagnitude((ulong)reader.EntryCount);
        signature.Add(reader.Compressed ? 1 : 0);
        signature.Add((int)reader.Codec & 3);
        int read = 0;
        while (reader.TryReadEntry(out StreamEntry entry))
        {
            if (expected is not null)
            {
                WALEntry same = expected.Entries[read];
                FuzzFindingException.Unless(
                    entry.Sequence == same.SequenceNumber
                        && entry.Payload.SequenceEqual(same.Payload.Span)
                        && entry.FragmentType == same.FragmentType
                        && entry.Checksum == same.Checksum,
                    $"entry {read} differs from what the library reads");
            }

            if (read++ < 2)
            {
                signature.Add((entry.Payload.IsEmpty ? 1 : 0) | (entry.Checksum == 0 ? 2 : 0));
                signature.Add((int)entry.FragmentType & 7);
            }
        }

        FuzzFindingException.Unless(expected is not null, $"accepted what the library refuses: {refusal?.Message}");
        FuzzFindingException.Unless(
            read == expected!.Entries.Count
                && reader.EntryCount == read
                && reader.Compressed == expected.Compressed
                && reader.Codec == expected.Codec,
            "the response differs from what the library reads");
    }

    private static byte[] AnyEntry(Random random)
    {
        FieldBytes entry = new(random);
        ulong sequence = (ulong)random.NextInt64() >> random.Next(64);
        entry.Number(1, sequence);
        entry.Bytes(2, EntryTarget.AnyPayload(random, sequence));
        if (random.Next(3) == 0)
        {
            entry.Number(3, (ulong)random.Next(-1, 6));
        }

        if (random.Next(3) == 0)
        {
            entry.Number(4, (ulong)random.NextInt64(0, 1L << 33));
        }

        return entry.Shuffled(unknownFrom: 5);
    }
}
