using Kevo.Core;
using Kevo.Testing;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>The writer: its bytes, its budget, its marks and its compression.</summary>
public sealed class StreamResponseWriterTests
{
    [Fact]
    public void An_entry_is_written_as_it_stands()
    {
        using StreamResponseWriter writer = new();
        Assert.True(writer.TryAppend(300, [0xAA, 0xBB], 1));
        writer.MarkLastEntry(FragmentType.Last);
        Assert.True(writer.TryAppend(301, []));

        Assert.Equal(
            "0A0B" + "08AC02" + "1202AABB" + "2001" + "1803" + "0A05" + "08AD02" + "1200",
            Convert.ToHexString(writer.Complete().Bytes.Span));
    }

    [Fact]
    public void A_heartbeat_is_empty() => Assert.True(EncodedResponse.Heartbeat.Bytes.IsEmpty);

    [Fact]
    public void An_entry_beyond_the_budget_waits_for_the_next_response()
    {
        using StreamResponseWriter writer = new(byteBudget: 1000);
        byte[] payload = Sample.Put(1, "key", new byte[100]);
        int entries = 0;
        while (writer.TryAppend(1, payload))
        {
            entries++;
        }

        Assert.InRange(entries, 6, 1000 / payload.Length);
        Assert.Equal(entries, writer.EntryCount);
        int length = writer.Length;
        EncodedResponse response = writer.Complete();
        Assert.Equal(length, response.Bytes.Length);
        Assert.InRange(length, 1, 1000);
        Assert.Equal(entries, new StreamResponseReader(response.Bytes.Span).EntryCount);
        Assert.Equal(0, writer.EntryCount);
        Assert.True(writer.TryAppend(1, payload));
        Assert.Same(response, writer.Complete());
        Assert.Equal(1, new StreamResponseReader(response.Bytes.Span).EntryCount);
    }

    [Fact]
    public void A_single_entry_may_pass_the_budget()
    {
        using StreamResponseWriter writer = new(byteBudget: 100);
        byte[] payload = Sample.Put(1, "key", new byte[EntryLimits.MaxValueLength]);

        Assert.True(writer.TryAppend(1, payload));
        Assert.False(writer.TryAppend(1, payload));
        StreamResponseReader reader = new(writer.Complete().Bytes.Span);
        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        Assert.True(entry.Payload.SequenceEqual(payload));
    }

    [Fact]
    public void A_payload_that_no_entry_can_have_is_refused()
    {
        using StreamResponseWriter writer = new();

        Assert.Throws<ArgumentException>(() => writer.TryAppend(1, new byte[EntryLimits.MaxPayloadLength + 1]));
    }

    [Fact]
    public void A_mark_that_lengthens_the_length_moves_the_entry()
    {
        using StreamResponseWriter writer = new();
        for (int length = 100; length < 140; length++)
        {
            byte[] payload = new byte[length];
            payload.AsSpan().Fill(0xAB);
            Assert.True(writer.TryAppend(1, [1]));
            Assert.True(writer.TryAppend(2, payload));
            writer.MarkLastEntry(FragmentType.First);
            Assert.True(writer.TryAppend(3, [3]));

            byte[] bytes = writer.Complete().Bytes.ToArray();
            Assert.Equal(ReadResponse.ByLibrary(bytes), ReadResponse.ByReader(bytes));
            Assert.Equal(
                "compressed=False codec=0 entries=3 [1 f=0 c=0 01]" +
                $" [2 f=1 c=0 {Convert.ToHexString(payload)}] [3 f=0 c=0 03]",
                ReadResponse.ByReader(bytes));
        }
    }

    [Fact]
    public void Without_an_entry_there_is_nothing_to_mark()
    {
        using StreamResponseWriter writer = new();

        Assert.Throws<InvalidOperationException>(() => writer.MarkLastEntry(FragmentType.Last));
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void Compression_happens_only_where_it_pays(CompressionCodec number)
    {
        int seed = Seed.For(8);
        byte[] noise = new byte[1100];
        new Random(seed).NextBytes(noise);
        byte[][] payloads = [Sample.LongPut(1, 300), Sample.LongPut(2, 2000), Sample.Put(3, "noise", noise)];
        using ICodec codec = CodecFactory.Create(number);
        using StreamResponseWriter writer = new(codec: codec);
        for (int i = 0; i < payloads.Length; i++)
        {
            Assert.True(writer.TryAppend((ulong)i + 1, payloads[i]));
        }

        int length = writer.Length;
        EncodedResponse response = writer.Complete();
        Assert.Equal(length, response.Bytes.Length);
        Assert.InRange(length, 1400, 2200);
        StreamResponseReader reader = new(response.Bytes.Span);
        Assert.True(reader.Compressed);
        Assert.Equal(number, reader.Codec);
        using PayloadDecoder decoder = new();
        decoder.BeginMessage(in reader);
        foreach (byte[] payload in payloads)
        {
            Assert.True(reader.TryReadEntry(out StreamEntry entry));
            Assert.Equal(payload, decoder.Decode(in entry).Payload.ToArray());
        }
    }

    [Fact]
    public void A_response_without_compressed_payloads_does_not_claim_any()
    {
        using ZstdCodec codec = new();
        using StreamResponseWriter writer = new(codec: codec);
        Assert.True(writer.TryAppend(1, Sample.LongPut(1, 2000)));
        Assert.True(new StreamResponseReader(writer.Complete().Bytes.Span).Compressed);

        Assert.True(writer.TryAppend(1, Sample.Put(1, "short")));

        Assert.False(new StreamResponseReader(writer.Complete().Bytes.Span).Compressed);
    }

    [Fact]
    public void A_compressed_response_keeps_its_budget()
    {
        using SnappyCodec codec = new();
        byte[] payload = Sample.LongPut(1, 1050);
        for (int budget = 3000; budget < 3300; budget++)
        {
            using StreamResponseWriter writer = new(budget, codec);
            while (writer.TryAppend(1, payload))
            {
                Assert.InRange(writer.Length, 1, budget);
            }

            Assert.InRange(writer.Complete().Bytes.Length, budget - 200, budget);
        }
    }
}
