using System.Buffers.Binary;
using Google.Protobuf;
using Kevo.Core;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>Frames made to fill the memory of whoever opens them.</summary>
public sealed class DecompressionLimitTests
{
    private const long AffordableBytes = 40L << 20;

    [Fact]
    public void A_zstd_bomb_that_tells_its_size_is_not_opened()
    {
        byte[] bomb = PayloadDecoderTests.Compress(CompressionCodec.Zstd, new byte[200 << 20]);
        Assert.True(bomb.Length < 64 << 10);

        RefusedCheaply(bomb, CompressionCodec.Zstd);
    }

    [Fact]
    public void A_zstd_bomb_that_hides_its_size_stops_early() =>
        RefusedCheaply(HiddenBomb(2000), CompressionCodec.Zstd);

    [Fact]
    public void A_zstd_bomb_in_many_frames_stops_early()
    {
        byte[] frame = HiddenBomb(8);
        byte[] bomb = new byte[frame.Length * 500];
        for (int i = 0; i < 500; i++)
        {
            frame.CopyTo(bomb, i * frame.Length);
        }

        RefusedCheaply(bomb, CompressionCodec.Zstd);
    }

    [Theory]
    [InlineData(200U << 20)]
    [InlineData(uint.MaxValue)]
    [InlineData(1U << 31)]
    public void A_snappy_block_of_absurd_length_is_not_opened(uint length)
    {
        byte[] bomb = new byte[1 << 20];
        CodedOutputStream output = new(bomb);
        output.WriteUInt32(length);
        output.Flush();

        // One literal byte, then copies of 64 bytes from one byte back: the densest a block can be.
        int at = CodedOutputStream.ComputeUInt32Size(length);
        bomb[at++] = 0;
        for (at++; at + 3 <= bomb.Length; at += 3)
        {
            bomb[at] = (63 << 2) | 2;
            bomb[at + 1] = 1;
        }

        RefusedCheaply(bomb, CompressionCodec.Snappy);
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void The_limit_counts_all_entries_of_a_message_and_starts_anew_with_the_next(CompressionCodec codec)
    {
        byte[] payload = Sample.LongPut(1, 1000);
        WALStreamResponse response = WALStreamResponse.Parser.ParseFrom(
            Sample.Response(1, PayloadDecoderTests.Compress(codec, payload), codec));
        response.Entries.Add(response.Entries[0]);
        response.Entries.Add(response.Entries[0]);
        byte[] bytes = response.ToByteArray();
        using PayloadDecoder decoder =
            new(new PayloadDecoderOptions { MaxDecompressedBytes = (2 * payload.Length) + 10 });

        for (int message = 0; message < 3; message++)
        {
            StreamResponseReader reader = new(bytes);
            decoder.BeginMessage(in reader);
            for (int i = 0; i < 2; i++)
            {
                Assert.True(reader.TryReadEntry(out StreamEntry fits));
                Assert.Equal(payload, decoder.Decode(in fits).Payload.ToArray());
            }

            Assert.True(reader.TryReadEntry(out StreamEntry entry));
            CompressionException? error = null;
            try
            {
                decoder.Decode(in entry);
            }
            catch (CompressionException caught)
            {
                error = caught;
            }

            Assert.Contains("entry 1 ", error?.Message, StringComparison.Ordinal);
            Assert.Contains("more than the 10 bytes", error?.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void The_longest_entry_there_is_passes(CompressionCodec codec)
    {
        byte[] payload = Sample.Payload(
            Operation.Put, 1, new byte[EntryLimits.MaxKeyLength], new byte[EntryLimits.MaxValueLength]);
        StreamResponseReader reader = new(
            Sample.Response(1, PayloadDecoderTests.Compress(codec, payload), codec));
        using PayloadDecoder decoder = new();
        decoder.BeginMessage(in reader);

        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        Assert.True(decoder.Decode(in entry).Payload.SequenceEqual(payload));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void A_limit_must_be_positive(long limit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new PayloadDecoderOptions { MaxDecompressedBytes = limit });

    // A frame without content size: magic number, descriptor 0, a window of 2 MiB, then blocks of one repeated byte,
    // each four bytes for 128 KiB.
    private static byte[] HiddenBomb(int blocks)
    {
        byte[] bomb = new byte[6 + (4 * blocks)];
        BinaryPrimitives.WriteUInt32LittleEndian(bomb, 0xFD2FB528);
        bomb[5] = 11 << 3;
        for (int i = 0; i < blocks; i++)
        {
            bool last = i == blocks - 1;
            BinaryPrimitives.WriteUInt32LittleEndian(bomb.AsSpan(6 + (4 * i)), (128U << 10 << 3) | 2 | (last ? 1U : 0));
        }

        return bomb;
    }

    private static void RefusedCheaply(byte[] bomb, CompressionCodec codec)
    {
        byte[] response = Sample.Response(7, bomb, codec);
        using PayloadDecoder decoder = new();
        StreamResponseReader reader = new(response);
        decoder.BeginMessage(in reader);
        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        long before = GC.GetAllocatedBytesForCurrentThread();
        CompressionException? error = null;
        try
        {
            decoder.Decode(in entry);
        }
        catch (CompressionException caught)
        {
            error = caught;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AffordableBytes);
        Assert.Contains("entry 7 ", error?.Message, StringComparison.Ordinal);
        Assert.Contains("decompresses to more than", error?.Message, StringComparison.Ordinal);
    }
}
