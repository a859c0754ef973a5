using Kevo.Core;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Wire.Tests;

/// <summary>Cutting a response at a transaction boundary, and what becomes of the entries behind it.</summary>
public sealed class StreamResponseWriterBoundaryTests
{
    private static byte[] Payload(ulong sequence, int valueLength)
    {
        var payload = new byte[WalEntry.PayloadLength(Operation.Put, 1, valueLength)];
        WalEntry.Write(payload, Operation.Put, sequence, "k"u8, new byte[valueLength]);
        return payload;
    }

    private static (ulong[] Numbers, FragmentType[] Types) Read(EncodedResponse response)
    {
        WALStreamResponse parsed = WALStreamResponse.Parser.ParseFrom(response.Bytes.Span);
        return ([.. parsed.Entries.Select(entry => entry.SequenceNumber)],
            [.. parsed.Entries.Select(entry => entry.FragmentType)]);
    }

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void Entries_behind_the_boundary_begin_the_next_response(CompressionCodec codec)
    {
        using var writer = new StreamResponseWriter(600, CodecFactory.Create(codec));
        Assert.False(writer.HasBoundary);
        Assert.True(writer.TryAppend(1, Payload(1, 40)));
        writer.MarkBoundary();
        Assert.True(writer.TryAppend(2, Payload(2, 200)));
        Assert.True(writer.TryAppend(2, Payload(2, 30)));
        Assert.True(writer.HasBoundary);

        Assert.Equal([1UL], Read(writer.CompleteAtBoundary()).Numbers);
        Assert.Equal(2, writer.EntryCount);
        Assert.False(writer.HasBoundary);
        Assert.True(writer.TryAppend(2, Payload(2, 20)));
        writer.MarkLastEntry(FragmentType.First);
        (ulong[] numbers, FragmentType[] types) = Read(writer.Complete());
        Assert.Equal([2UL, 2UL, 2UL], numbers);
        Assert.Equal([FragmentType.Full, FragmentType.Full, FragmentType.First], types);
    }

    [Fact]
    public void The_last_entry_behind_a_boundary_can_be_marked_without_another()
    {
        using var writer = new StreamResponseWriter(600);
        writer.TryAppend(1, Payload(1, 40));
        writer.MarkBoundary();
        writer.TryAppend(2, Payload(2, 20));
        writer.CompleteAtBoundary();
        writer.MarkLastEntry(FragmentType.Last);

        (ulong[] numbers, FragmentType[] types) = Read(writer.Complete());
        Assert.Equal([2UL], numbers);
        Assert.Equal([FragmentType.Last], types);
    }

    [Fact]
    public void A_boundary_at_the_end_leaves_nothing_behind()
    {
        using var writer = new StreamResponseWriter(600);
        writer.TryAppend(1, Payload(1, 40));
        writer.MarkBoundary();

        Assert.Equal([1UL], Read(writer.CompleteAtBoundary()).Numbers);
        Assert.Equal(0, writer.EntryCount);
        Assert.Equal(0, writer.Length);
    }

    [Fact]
    public void Cutting_without_a_boundary_is_refused()
    {
        using var writer = new StreamResponseWriter(600);
        writer.TryAppend(1, Payload(1, 40));

        Assert.Throws<InvalidOperationException>(() => writer.CompleteAtBoundary());
    }

    [Fact]
    public void The_budget_counts_what_was_left_behind()
    {
        using var writer = new StreamResponseWriter(300);
        writer.TryAppend(1, Payload(1, 20));
        writer.MarkBoundary();
        writer.TryAppend(2, Payload(2, 180));
        writer.CompleteAtBoundary();

        Assert.False(writer.TryAppend(2, Payload(2, 180)));
        Assert.Equal([2UL], Read(writer.Complete()).Numbers);
    }
}
