using System.Buffers.Binary;
using System.IO.Hashing;
using Google.Protobuf;
using Kevo.Core;
using Kevo.Fuzz.Engine;
using Kevo.Wire;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// The payload decoder. The first four bytes of the input choose codec, fragment type, checksum and number outside; the
/// rest is the payload, so that mutations reach it past the lengths of the message around it.
/// </summary>
internal sealed class PayloadDecoderTarget : IFuzzTarget
{
    private const int HeaderLength = 4;
    private const int Limit = 1 << 20;

    private readonly PayloadDecoder _decoder = new(new PayloadDecoderOptions { MaxDecompressedBytes = Limit });

    /// <inheritdoc/>
    public string Name => "payload-decoder";

    /// <inheritdoc/>
    public double Weight => 0.5;

    /// <inheritdoc/>
    public byte[] Generate(Random random)
    {
        ulong sequence = (ulong)random.NextInt64() >> random.Next(1, 64);
        byte[] payload = EntryTarget.AnyPayload(random, sequence);
        CompressionCodec number = (CompressionCodec)random.Next(3);
        if (random.Next(3) > 0)
        {
            using ICodec codec = CodecFactory.Create(number);
            byte[] frame = new byte[codec.MaxCompressedLength(payload.Length)];
            payload = frame[..codec.Compress(payload, frame)];
        }

        byte announced = (byte)(random.Next(8) == 0 ? random.Next(256) : (int)number);
        byte fragment = (byte)(random.Next(8) == 0 ? random.Next(256) : 0);
        return [announced, fragment, (byte)random.Next(4), (byte)random.Next(256), .. payload];
    }

    /// <inheritdoc/>
    public ulong Run(ReadOnlySpan<byte> input)
    {
        Signature signature = new();
        if (input.Length < HeaderLength)
        {
            return signature.Value;
        }

        byte[] message = Message(input);
        try
        {
            StreamResponseReader reader = new(message);
            _decoder.BeginMessage(in reader);
            while (reader.TryReadEntry(out StreamEntry entry))
            {
                WalEntry decoded = _decoder.Decode(in entry);
                CheckAccepted(entry, decoded, reader.Codec);
                signature.Add((int)decoded.Operation);
                signature.AddMagnitude((ulong)decoded.Payload.Length);
                signature.Add(decoded.Payload.SequenceEqual(entry.Payload) ? 1 : (int)reader.Codec);
            }
        }
        catch (KevoException error) when (error is ProtocolException or CompressionException)
        {
            signature.Add(error);
        }

        return signature.Value;
    }

    private static byte[] Message(ReadOnlySpan<byte> input)
    {
        byte[] payload = input[HeaderLength..].ToArray();
        WALEntry entry = new()
        {
            SequenceNumber = OutsideNumber(payload, input[3]),
            Payload = ByteString.CopyFrom(payload),
            FragmentType = (FragmentType)(sbyte)input[1],
            Checksum = (input[2] & 3) switch { 0 => Crc32.HashToUInt32(payload), 1 => 1U, _ => 0U },
        };
        WALStreamResponse response = new() { Compressed = input[0] != 0, Codec = (CompressionCodec)(sbyte)input[0] };
        response.Entries.Add(entry);
        response.Entries.Add(entry);
        return response.ToByteArray();
    }

    // Mostly the number that is inside, which for a compressed payload only a decoder finds out.
    private static ulong OutsideNumber(byte[] payload, byte choice)
    {
        if (choice < 16)
        {
            return choice % 2 == 0 ? choice : ulong.MaxValue - choice;
        }

        byte[] room = new byte[Limit];
        using SnappyCodec snappy = new();
        if (snappy.Decompress(payload, room, out int length) == CodecFault.None && length >= EntryLimits.FixedLength)
        {
            return BinaryPrimitives.ReadUInt64LittleEndian(room.AsSpan(1));
        }

        using ZstdCodec zstd = new();
        if (zstd.Decompress(payload, room, out length) == CodecFault.None && length >= EntryLimits.FixedLength)
        {
            return BinaryPrimitives.ReadUInt64LittleEndian(room.AsSpan(1));
        }

        return payload.Length >= 9 ? BinaryPrimitives.ReadUInt64LittleEndian(payload.AsSpan(1)) : choice;
    }

    private static void CheckAccepted(scoped in StreamEntry entry, scoped in WalEntry decoded, CompressionCodec codec)
    {
        FuzzFindingException.Unless(
            decoded.Sequence == entry.Sequence && entry.Sequence is > 0 and <= EntryLimits.LastSequence,
            "a number was accepted that is none, or differs from the one inside");
        FuzzFindingException.Unless(
            WalEntry.TryParse(decoded.Payload, out _) == EntryFault.None, "the payload handed out is no entry");
        FuzzFindingException.Unless(
            entry.FragmentType is >= FragmentType.Full and <= FragmentType.Last,
                "an unknown fragment type was accepted");
        FuzzFindingException.Unless(
            entry.Checksum == 0
                || entry.Checksum == Crc32.HashToUInt32(entry.Payload)
                || entry.Checksum == Crc32.HashToUInt32(decoded.Payload),
            "a wrong checksum was accepted");
        if (decoded.Payload.SequenceEqual(entry.Payload))
        {
            return;
        }

        FuzzFindingException.Unless(decoded.Payload.Length <= Limit, "more was decompressed than allowed");
        byte[] content = codec == CompressionCodec.Snappy
            ? Snappier.Snappy.DecompressToArray(entry.Payload)
            : new ZstdSharp.Decompressor().Unwrap(entry.Payload).ToArray();
        FuzzFindingException.Unless(decoded.Payload.SequenceEqual(content), "the library decompresses to other bytes");
    }
}
