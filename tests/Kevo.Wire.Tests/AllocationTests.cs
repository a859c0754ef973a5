using Google.Protobuf;
using Kevo.Testing;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>In steady state an entry costs no allocation, on either side.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 200;

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void Receiving_and_decoding_allocates_nothing(CompressionCodec number)
    {
        byte[] response = Response(number);
        StreamMessagePool pool = new();
        using PayloadDecoder decoder = new();

        Assert.Equal(0, AllocatedBy(() =>
        {
            using StreamMessage message = pool.Copy(response);
            StreamResponseReader reader = message.Read();
            decoder.BeginMessage(in reader);
            int keys = 0;
            while (reader.TryReadEntry(out StreamEntry entry))
            {
                keys += decoder.Decode(in entry).Key.Length;
            }

            Assert.True(keys > 0);
        }));
    }

    [Theory]
    [InlineData(CompressionCodec.None, 0)]
    [InlineData(CompressionCodec.Zstd, 0)]
    [InlineData(CompressionCodec.Snappy, 48 * 100)]
    public void Writing_allocates_nothing_but_the_compressor_of_snappy(CompressionCodec number, long perResponse)
    {
        using ICodec codec = CodecFactory.Create(number);
        using StreamResponseWriter writer = new(codec: codec);
        byte[] payload = Sample.LongPut(1, 1100);

        Assert.Equal(perResponse * Rounds, AllocatedBy(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                Assert.True(writer.TryAppend(1, payload));
            }

            writer.MarkLastEntry(FragmentType.Last);
            Assert.False(writer.Complete().Bytes.IsEmpty);
        }));
    }

    private static byte[] Response(CompressionCodec number)
    {
        WALStreamResponse response = new() { Compressed = number != CompressionCodec.None, Codec = number };
        for (ulong sequence = 1; sequence <= 100; sequence++)
        {
            response.Entries.Add(new WALEntry
            {
                SequenceNumber = sequence,
                Payload = ByteString.CopyFrom(PayloadDecoderTests.Compress(number, Sample.LongPut(sequence, 300))),
                Checksum = System.IO.Hashing.Crc32.HashToUInt32(Sample.LongPut(sequence, 300)),
            });
        }

        return response.ToByteArray();
    }

    private static long AllocatedBy(Action round) => AllocatedBytes.LeastOf(round, times: Rounds);
}
