using Kevo.Core;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>
/// The receiver's rule: raw when it parses as raw, otherwise the announced codec; and every check on the way.
/// </summary>
public sealed class PayloadDecoderTests
{
    [Theory]
    [InlineData(null)]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    [InlineData((CompressionCodec)9)]
    public void A_raw_payload_is_taken_whatever_is_announced(CompressionCodec? announced)
    {
        byte[] payload = Sample.Put(7, "key", 1, 2, 3);

        Assert.Equal(payload, Decode(Sample.Response(7, payload, announced)));
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void A_compressed_payload_is_decompressed(CompressionCodec codec)
    {
        byte[] payload = Sample.LongPut(7, 5000);
        byte[] frame = Compress(codec, payload);
        Assert.True(frame.Length < payload.Length / 4);

        Assert.Equal(payload, Decode(Sample.Response(7, frame, codec)));
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void Raw_and_compressed_payloads_share_a_message(CompressionCodec codec)
    {
        byte[] raw = Sample.Put(1, "key", 1);
        byte[] large = Sample.LongPut(2, 3000);
        WALStreamResponse response = WALStreamResponse.Parser.ParseFrom(Sample.Response(1, raw, codec));
        response.Entries.Add(WALStreamResponse.Parser.ParseFrom(Sample.Response(2, Compress(codec, large))).Entries[0]);
        response.Entries.Add(WALStreamResponse.Parser.ParseFrom(Sample.Response(1, raw)).Entries[0]);
        StreamResponseReader reader = new(Google.Protobuf.MessageExtensions.ToByteArray(response));
        using PayloadDecoder decoder = new();
        decoder.BeginMessage(in reader);

        foreach (byte[] expected in (byte[][])[raw, large, raw])
        {
            Assert.True(reader.TryReadEntry(out StreamEntry entry));
            Assert.Equal(expected, decoder.Decode(in entry).Payload.ToArray());
        }
    }

    [Fact]
    public void No_payload_can_be_raw_and_a_frame_at_once()
    {
        // A raw entry of at least 14 bytes starts with its operation. No frame of an entry starts with such a byte: as
        // a Zstandard frame it lacks the magic number, as a Snappy block it announces fewer bytes than the shortest
        // entry has.
        ZstdCodec zstd = new();
        SnappyCodec snappy = new();
        foreach (Operation operation in Enum.GetValues<Operation>())
        {
            byte[] payload = Sample.Payload(operation, 0x28B52FFD, "k"u8, [1, 2, 3]);
            Assert.False(zstd.TryGetContentBound(payload, out _));
            Assert.True(!snappy.TryGetContentBound(payload, out ulong bound) || bound < EntryLimits.FixedLength);
        }
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void A_frame_that_is_not_announced_is_refused(CompressionCodec codec)
    {
        byte[] frame = Compress(codec, Sample.LongPut(7, 500));

        string message = Refused<ProtocolException>(Sample.Response(7, frame));

        Assert.Contains("Entry 7: the payload of", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_codec_without_the_compressed_flag_announces_nothing()
    {
        byte[] frame = Compress(CompressionCodec.Zstd, Sample.LongPut(7, 500));
        WALStreamResponse response = WALStreamResponse.Parser.ParseFrom(
            Sample.Response(7, frame, CompressionCodec.Zstd));
        response.Compressed = false;

        Refused<ProtocolException>(Google.Protobuf.MessageExtensions.ToByteArray(response));
    }

    [Fact]
    public void An_unknown_codec_is_named()
    {
        byte[] frame = Compress(CompressionCodec.Zstd, Sample.LongPut(7, 500));

        string message = Refused<ProtocolException>(Sample.Response(7, frame, (CompressionCodec)9));

        Assert.Contains("Entry 7 is compressed with codec 9", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void A_damaged_frame_names_its_entry(CompressionCodec codec)
    {
        byte[] frame = Compress(codec, Sample.LongPut(7, 5000));

        string message = Refused<CompressionException>(Sample.Response(7, frame[..^3], codec));

        Assert.Contains("entry 7 ", message, StringComparison.Ordinal);
        Refused<CompressionException>(Sample.Response(7, [0xFF, 0xFF], codec));
    }

    [Fact]
    public void A_frame_with_more_content_than_its_headers_allow_is_damaged()
    {
        // One block that repeats a byte 217 970 times, in a frame whose blocks have 128 KiB at most.
        byte[] frame = Convert.FromHexString("28B52FFD0058939B1A00");

        string message = Refused<CompressionException>(Sample.Response(7, frame, CompressionCodec.Zstd));

        Assert.Contains("entry 7 is neither", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void A_frame_of_something_else_is_no_entry(CompressionCodec codec)
    {
        byte[] frame = Compress(codec, new byte[200]);

        string message = Refused<ProtocolException>(Sample.Response(7, frame, codec));

        Assert.Contains("Entry 7: the decompressed payload of 200 bytes", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "Truncated")]
    [InlineData("01", "Truncated")]
    [InlineData("04" + "0700000000000000" + "01000000" + "6B" + "00000000", "UnknownOperation")]
    [InlineData("01" + "0700000000000000" + "01001000" + "6B" + "00000000", "KeyTooLong")]
    [InlineData("01" + "0700000000000000" + "FFFFFFFF" + "6B" + "00000000", "KeyTooLong")]
    [InlineData("01" + "0700000000000000" + "01000000" + "6B" + "0100A000", "ValueTooLong")]
    [InlineData("01" + "0700000000000000" + "01000000" + "6B" + "02000000" + "76", "Truncated")]
    [InlineData("01" + "0700000000000000" + "01000000" + "6B" + "00000000" + "76", "TrailingBytes")]
    [InlineData("02" + "0700000000000000" + "01000000" + "6B" + "00000000", "TrailingBytes")]
    [InlineData("01" + "0700000000000000" + "00000000" + "00000000", "EmptyKey")]
    public void A_payload_that_does_not_add_up_is_refused(string hex, string fault)
    {
        string message = Refused<ProtocolException>(Sample.Response(7, Convert.FromHexString(hex)));

        Assert.Contains($"({fault})", message, StringComparison.Ordinal);
        Assert.Contains("Entry 7:", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sequence_zero_is_refused() =>
        Assert.Contains("sequence number 0", Refused<ProtocolException>(Sample.Response(0, Sample.Put(1, "k"))),
            StringComparison.Ordinal);

    [Fact]
    public void The_last_sequence_passes_and_the_one_after_it_does_not()
    {
        byte[] last = Sample.Put(EntryLimits.LastSequence, "k");
        Assert.Equal(last, Decode(Sample.Response(EntryLimits.LastSequence, last)));

        ulong beyond = EntryLimits.LastSequence + 1;
        Refused<ProtocolException>(Sample.Response(beyond, Sample.Put(beyond, "k")));
        Refused<ProtocolException>(Sample.Response(ulong.MaxValue, Sample.Put(ulong.MaxValue, "k")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(CompressionCodec.Zstd)]
    public void Another_number_inside_than_outside_is_refused(CompressionCodec? codec)
    {
        byte[] payload = Sample.LongPut(8, 500);
        byte[] sent = codec is null ? payload : Compress(codec.Value, payload);

        string message = Refused<ProtocolException>(Sample.Response(7, sent, codec));

        Assert.Contains("Entry 7 carries a payload that says it is entry 8", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public void An_unknown_fragment_type_is_refused(int fragmentType)
    {
        string message = Refused<ProtocolException>(
            Sample.Response(7, Sample.Put(7, "k"), fragmentType: fragmentType));

        Assert.Contains($"unknown fragment type {fragmentType}", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checksum_is_verified_when_there_is_one()
    {
        byte[] payload = Convert.FromHexString("010100000000000000010000006b0100000076");
        Assert.Equal(payload, Decode(Sample.Response(1, payload, checksum: 0xEB4F96C8)));

        string message = Refused<ProtocolException>(Sample.Response(1, payload, checksum: 0xEB4F96C9));

        Assert.Contains("eb4f96c9", message, StringComparison.Ordinal);
        Assert.Contains("eb4f96c8", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checksum_may_be_of_the_frame_or_of_its_content()
    {
        byte[] payload = Sample.LongPut(7, 500);
        byte[] frame = Compress(CompressionCodec.Zstd, payload);
        uint ofFrame = System.IO.Hashing.Crc32.HashToUInt32(frame);
        uint ofContent = System.IO.Hashing.Crc32.HashToUInt32(payload);

        Assert.Equal(payload, Decode(Sample.Response(7, frame, CompressionCodec.Zstd, ofFrame)));
        Assert.Equal(payload, Decode(Sample.Response(7, frame, CompressionCodec.Zstd, ofContent)));
        Refused<ProtocolException>(Sample.Response(7, frame, CompressionCodec.Zstd, ofContent ^ 1));
    }

    [Fact]
    public void A_disposed_decoder_starts_over()
    {
        byte[] payload = Sample.LongPut(7, 5000);
        byte[] response = Sample.Response(7, Compress(CompressionCodec.Zstd, payload), CompressionCodec.Zstd);
        using PayloadDecoder decoder = new();
        for (int round = 0; round < 3; round++)
        {
            StreamResponseReader reader = new(response);
            decoder.BeginMessage(in reader);
            Assert.True(reader.TryReadEntry(out StreamEntry entry));
            Assert.Equal(payload, decoder.Decode(in entry).Payload.ToArray());
            decoder.Dispose();
        }
    }

    internal static byte[] Compress(CompressionCodec number, byte[] content)
    {
        using ICodec codec = CodecFactory.Create(number);
        byte[] frame = new byte[codec.MaxCompressedLength(content.Length)];
        return frame[..codec.Compress(content, frame)];
    }

    private static byte[] Decode(byte[] response)
    {
        using PayloadDecoder decoder = new();
        StreamResponseReader reader = new(response);
        decoder.BeginMessage(in reader);
        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        return decoder.Decode(in entry).Payload.ToArray();
    }

    private static string Refused<TError>(byte[] response)
        where TError : KevoException =>
        Assert.Throws<TError>(() => Decode(response)).Message;
}
