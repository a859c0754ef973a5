using Kevo.Core;
using Kevo.Testing;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;
using Snappier;

namespace Kevo.Wire.Tests;

/// <summary>The codecs between spans, and our Snappy blocks against bytes written by hand and the library.</summary>
public sealed class CodecTests
{
    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void What_is_compressed_comes_back(CompressionCodec number)
    {
        int seed = Seed.For(3);
        Random random = new(seed);
        using ICodec codec = CodecFactory.Create(number);
        Assert.Equal(number, codec.Codec);
        for (int round = 0; round < 300; round++)
        {
            byte[] content = Sample.Compressible(random, random.Next(round % 10 == 0 ? 300_000 : 3000));
            byte[] frame = new byte[codec.MaxCompressedLength(content.Length)];
            int length = codec.Compress(content, frame);
            byte[] back = new byte[content.Length + 1];

            Assert.True(codec.TryGetContentBound(frame.AsSpan(0, length), out ulong bound));
            Assert.True(bound >= (ulong)content.Length, $"seed {seed}, round {round}");
            Assert.Equal(CodecFault.None, codec.Decompress(frame.AsSpan(0, length), back, out int written));
            Assert.True(content.AsSpan().SequenceEqual(back.AsSpan(0, written)), $"seed {seed}, round {round}");
        }
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void A_destination_that_is_too_short_is_a_fault_and_is_not_passed(CompressionCodec number)
    {
        byte[] content = Sample.LongPut(1, 5000);
        byte[] frame = PayloadDecoderTests.Compress(number, content);
        using ICodec codec = CodecFactory.Create(number);
        byte[] room = new byte[content.Length];
        foreach (int length in (int[])[0, 1, 17, content.Length - 1])
        {
            room.AsSpan().Fill(0xEE);
            Assert.Equal(CodecFault.TooLarge, codec.Decompress(frame, room.AsSpan(0, length), out _));
            Assert.True(room.AsSpan(length).IndexOfAnyExcept((byte)0xEE) < 0);
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void A_cut_frame_is_malformed(CompressionCodec number)
    {
        byte[] content = Sample.Compressible(new Random(5), 2000);
        byte[] frame = PayloadDecoderTests.Compress(number, content);
        using ICodec codec = CodecFactory.Create(number);
        byte[] room = new byte[content.Length];
        for (int length = 0; length < frame.Length; length++)
        {
            Assert.Equal(CodecFault.Malformed, codec.Decompress(frame.AsSpan(0, length), room, out _));
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void A_damaged_frame_gives_a_fault_or_other_content_and_no_exception(CompressionCodec number)
    {
        int seed = Seed.For(6);
        Random random = new(seed);
        using ICodec codec = CodecFactory.Create(number);
        byte[] content = Sample.Compressible(random, 2000);
        byte[] frame = PayloadDecoderTests.Compress(number, content);
        byte[] room = new byte[content.Length];
        for (int round = 0; round < 50_000; round++)
        {
            byte[] damaged = [.. frame];
            for (int change = random.Next(1, 4); change > 0; change--)
            {
                damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            }

            _ = codec.TryGetContentBound(damaged, out _);
            CodecFault fault = codec.Decompress(damaged, room, out int written);
            Assert.True(fault != CodecFault.None || written <= room.Length, $"seed {seed}, round {round}");
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void Compressing_needs_room_for_the_worst_case(CompressionCodec number)
    {
        using ICodec codec = CodecFactory.Create(number);
        byte[] room = new byte[codec.MaxCompressedLength(100) - 1];

        Assert.Throws<ArgumentException>(() => codec.Compress(new byte[100], room));
    }

    [Fact]
    public void An_unknown_codec_number_is_named() =>
        Assert.Contains(
            "codec 3 ", Assert.Throws<ProtocolException>(() => CodecFactory.Create((CompressionCodec)3)).Message,
            StringComparison.Ordinal);

    [Theory]
    [InlineData(ZstdSharpLevels.BelowLowest)]
    [InlineData(ZstdSharpLevels.AboveHighest)]
    public void A_zstd_level_that_does_not_exist_is_refused(int level) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ZstdCodec(level));

    [Theory]
    [InlineData("00", "")]
    [InlineData("03" + "08" + "616263", "616263")]
    [InlineData("03" + "F002" + "616263", "616263")]
    [InlineData("03" + "F40200" + "616263", "616263")]
    [InlineData("03" + "F8020000" + "616263", "616263")]
    [InlineData("03" + "FC02000000" + "616263", "616263")]
    [InlineData("07" + "08" + "616263" + "0103", "61626361626361")]
    [InlineData("06" + "00" + "61" + "1201" + "00", "616161616161")]
    [InlineData("05" + "04" + "6162" + "0A0100", "6162626262")]
    [InlineData("05" + "04" + "6162" + "0B02000000", "6162616261")]
    [InlineData("8300" + "08" + "616263", "616263")]
    public void Snappy_blocks_written_by_hand_are_read(string block, string content)
    {
        byte[] bytes = Convert.FromHexString(block);
        byte[] room = new byte[16];
        using SnappyCodec codec = new();

        Assert.Equal(CodecFault.None, codec.Decompress(bytes, room, out int written));
        Assert.Equal(content, Convert.ToHexString(room.AsSpan(0, written)));
        Assert.Equal(content, Convert.ToHexString(Snappy.DecompressToArray(bytes)));
    }

    [Theory]
    [InlineData("", "no length")]
    [InlineData("80", "cut length")]
    [InlineData("8080808010", "length beyond 32 bits")]
    [InlineData("808080808000", "length of six bytes")]
    [InlineData("01", "no element")]
    [InlineData("03" + "08" + "6162", "literal beyond the block")]
    [InlineData("02" + "08" + "616263", "literal beyond the content")]
    [InlineData("04" + "08" + "616263", "content too short")]
    [InlineData("03" + "F0", "cut literal length")]
    [InlineData("03" + "FCFFFFFFFF" + "616263", "literal of 2^32 bytes")]
    [InlineData("07" + "08" + "616263" + "01", "cut near copy")]
    [InlineData("07" + "08" + "616263" + "0100", "copy from here")]
    [InlineData("07" + "08" + "616263" + "0104", "copy from before the start")]
    [InlineData("06" + "08" + "616263" + "0103", "copy beyond the content")]
    [InlineData("05" + "04" + "6162" + "0A01", "cut copy")]
    [InlineData("05" + "04" + "6162" + "0B020000", "cut far copy")]
    [InlineData("05" + "04" + "6162" + "0BFFFFFFFF", "copy from 4 GiB back")]
    [InlineData("03" + "08" + "616263" + "00" + "61", "more elements than content")]
    public void Snappy_blocks_that_do_not_add_up_are_malformed(string block, string what)
    {
        using SnappyCodec codec = new();

        Assert.True(codec.Decompress(Convert.FromHexString(block), new byte[16], out _) == CodecFault.Malformed, what);
    }

    [Fact]
    public void Snappy_blocks_are_read_as_the_library_reads_them()
    {
        int seed = Seed.For(7);
        Random random = new(seed);
        using SnappyCodec codec = new();
        byte[] ours = new byte[4096];
        byte[] theirs = new byte[4096];
        int accepted = 0;
        for (int round = 0; round < 50_000; round++)
        {
            byte[] block = PayloadDecoderTests.Compress(
                CompressionCodec.Snappy, Sample.Compressible(random, random.Next(1, 400)));
            if (round % 4 != 0)
            {
                block[random.Next(block.Length)] ^= (byte)(1 << random.Next(8));
            }

            if (codec.Decompress(block, ours, out int written) == CodecFault.None)
            {
                accepted++;
                int expected = Snappy.Decompress(block, theirs);
                Assert.True(
                    ours.AsSpan(0, written).SequenceEqual(theirs.AsSpan(0, expected)), $"seed {seed}, round {round}");
            }
        }

        Assert.True(accepted > 12_500, $"seed {seed}: only {accepted} blocks were accepted");
    }

    private static class ZstdSharpLevels
    {
        public const int BelowLowest = -131_073;
        public const int AboveHighest = 23;
    }
}
