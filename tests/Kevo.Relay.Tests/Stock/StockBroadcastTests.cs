using Kevo.Core;
using Kevo.Relay.Stock;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Tests.Stock;

/// <summary>Live messages: who gets them, what they claim, and what never comes this way.</summary>
public sealed class StockBroadcastTests
{
    [Theory]
    [InlineData(true, CompressionCodec.Zstd)]
    [InlineData(true, CompressionCodec.None)]
    public void A_live_message_claims_zstd_over_a_raw_payload(bool compression, CompressionCodec codec)
    {
        var fixture = new StockPrimaryFixture();
        (_, RecordingStream stream) = fixture.Open(0, compression, codec);
        fixture.Put("key", "value");

        WALStreamResponse message = Assert.Single(stream.Messages);
        Assert.True(message.Compressed);
        Assert.Equal(CompressionCodec.Zstd, message.Codec);
        WALEntry entry = Assert.Single(message.Entries);
        Assert.Equal(EntryFault.None, WalEntry.TryParse(entry.Payload.Span, out WalEntry parsed));
        Assert.Equal("value"u8, parsed.Value);
        Assert.Equal(1UL, parsed.Sequence);
        Assert.Equal(FragmentType.Full, entry.FragmentType);
        Assert.Equal(0U, entry.Checksum);
    }

    [Theory]
    [InlineData(true, CompressionCodec.Snappy)]
    [InlineData(true, (CompressionCodec)9)]
    [InlineData(false, CompressionCodec.Zstd)]
    [InlineData(false, CompressionCodec.None)]
    public void An_offer_that_the_primary_cannot_serve_gets_empty_live_messages(
        bool compression, CompressionCodec codec)
    {
        var fixture = new StockPrimaryFixture();
        (_, RecordingStream stream) = fixture.Open(0, compression, codec);
        fixture.Put("key");
        Assert.Empty(Assert.Single(stream.Messages).Entries);

        fixture.PassTicks(1);
        Assert.Equal([1UL], stream.Numbers(1));
        Assert.False(stream.Messages[1].Compressed);
        Assert.Equal(CompressionCodec.None, stream.Messages[1].Codec);
    }

    [Fact]
    public void Without_the_quirks_live_messages_are_what_they_say()
    {
        var fixture = new StockPrimaryFixture(new StockPrimaryOptions
        {
            Quirks = StockQuirks.All
                & ~(StockQuirks.BroadcastsClaimCompression | StockQuirks.EmptyBroadcastsForOtherCodecs),
        });
        (_, RecordingStream stream) = fixture.Open(0, true, CompressionCodec.Snappy);
        fixture.Put("key");

        WALStreamResponse message = Assert.Single(stream.Messages);
        Assert.Single(message.Entries);
        Assert.False(message.Compressed);
    }

    [Fact]
    public void Batches_and_forced_compactions_are_never_sent_live_and_take_one_number()
    {
        var fixture = new StockPrimaryFixture();
        (_, RecordingStream stream) = fixture.Open(0);
        fixture.Put("a");
        Assert.Equal(2UL, fixture.Batch(1));
        Assert.Equal(3UL, fixture.Batch(5));
        Assert.Equal(4UL, fixture.Model.Compact(force: true));
        Assert.Equal(0UL, fixture.Model.Compact(force: false));
        Assert.Equal(0UL, fixture.Model.Commit([]));
        fixture.Put("b");

        Assert.Equal([1UL, 5UL], stream.AllNumbers());
        Assert.Equal("force", fixture.Get("__compact_marker__"));
    }

    [Fact]
    public void A_batch_is_sorted_by_key_and_the_last_operation_on_a_key_counts()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Model.Commit(
        [
            StockOperation.Put("c"u8.ToArray(), "1"u8.ToArray()),
            StockOperation.Put("a"u8.ToArray(), "1"u8.ToArray()),
            StockOperation.Put("b"u8.ToArray(), "1"u8.ToArray()),
            StockOperation.Delete("c"u8.ToArray()),
        ]);

        IReadOnlyList<StockEntry> log = fixture.Model.ReadLog();
        Assert.Equal(3, log.Count);
        Assert.All(log, entry => Assert.Equal(1UL, entry.Sequence));
        Assert.Equal("a"u8, log[0].Key);
        Assert.Equal("b"u8, log[1].Key);
        Assert.Equal("c"u8, log[2].Key);
        Assert.Equal(Operation.Delete, log[2].Operation);
        Assert.Equal(13 + 1, log[2].Payload.Length);
    }

    [Fact]
    public void Live_messages_do_not_wait_for_catch_up()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(1000);
        (_, RecordingStream stream) = fixture.Open(1);
        fixture.Put("new");

        Assert.Equal(1001UL, stream.Numbers(1).Single());
    }

    [Fact]
    public void A_live_message_is_sent_before_the_write_is_synced()
    {
        var fixture = new StockPrimaryFixture();
        var stream = new RecordingStream();
        ulong? synced = null;
        fixture.Model.OpenStream(
            StockPrimaryFixture.Request(0), new InspectingStream(() => synced = fixture.Model.LastSynced));
        fixture.Put("a");

        Assert.Equal(0UL, synced);
        Assert.Equal(1UL, fixture.Model.LastSynced);
        Assert.Empty(stream.Messages);
    }

    [Fact]
    public void A_batch_can_be_cut_at_the_message_cap_and_its_tail_is_then_unreachable()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(3);
        fixture.Batch(250);
        fixture.Put("after");
        (StockSession session, RecordingStream stream) = fixture.Open(1);
        Assert.Equal(97, stream.Numbers(0).Count(number => number == 4));

        fixture.Model.NegativeAcknowledge(session.Id, 4);
        Assert.Equal(100, stream.Numbers(1).Count(number => number == 4));
        fixture.Model.NegativeAcknowledge(session.Id, 5);
        Assert.Equal([5UL], stream.Numbers(2));
    }

    [Fact]
    public void A_refused_batch_leaves_the_operations_before_the_large_one_under_the_next_number()
    {
        var fixture = new StockPrimaryFixture();
        byte[] tooLarge = new byte[32_748];
        var error = Assert.Throws<Grpc.Core.RpcException>(() => fixture.Model.Commit(
        [
            StockOperation.Put("a"u8.ToArray(), "1"u8.ToArray()),
            StockOperation.Put("bbbb"u8.ToArray(), tooLarge),
            StockOperation.Put("c"u8.ToArray(), "1"u8.ToArray()),
        ]));
        Assert.Equal(Grpc.Core.StatusCode.Unknown, error.StatusCode);
        Assert.Equal(
            "failed to append batch to WAL: failed to write entry 1: record too large: 32769 > 32768",
            error.Status.Detail);
        Assert.Null(fixture.Get("a"));
        fixture.Put("next");

        (_, RecordingStream stream) = fixture.Open(1);
        Assert.Equal([1UL, 1UL], stream.Numbers(0));
        fixture.Model.Restart();
        Assert.Equal("1", fixture.Get("a"));
        Assert.Null(fixture.Get("c"));
    }

    [Fact]
    public void A_record_of_exactly_the_limit_is_taken()
    {
        var fixture = new StockPrimaryFixture();

        Assert.Equal(1UL, fixture.Model.Commit([StockOperation.Put("bbbb"u8.ToArray(), new byte[32_747])]));
    }

    private sealed class InspectingStream(Action onSend) : IStockStream
    {
        public int UnsentBytes => 0;

        public void Send(WALStreamResponse message) => onSend();

        public void End(Grpc.Core.Status status)
        {
        }
    }
}
