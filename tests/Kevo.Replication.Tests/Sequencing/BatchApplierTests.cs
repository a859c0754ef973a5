using Kevo.Core;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Tests.World;
using Kevo.Wire;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Tests.Sequencing;

public sealed class BatchApplierTests : IDisposable
{
    private const long NoLimit = long.MaxValue;
    private readonly HistoryStore _store = new();
    private readonly BatchApplier _batches;

    public BatchApplierTests()
    {
        _batches = new BatchApplier(_store);
        _batches.EnterEpoch(1);
    }

    public void Dispose() => _batches.Dispose();

    private void Begin(StreamRules rules) => _batches.BeginStream(rules, null, expectOverlap: false);

    private ApplyOutcome Apply(StreamMessage message, long limit = NoLimit)
    {
        using (message)
        {
            return _batches.Apply(message, limit);
        }
    }

    [Fact]
    public void It_starts_expecting_one()
    {
        Assert.Equal((0ul, 1ul, 0ul), (_batches.MaxApplied, _batches.ExpectedNext, _batches.LastAcknowledged));
        Assert.True(_batches.AtBoundary);
        Assert.False(_batches.HasUnsynced);
    }

    [Fact]
    public void After_n_it_expects_n_plus_one_and_nothing_is_durable_before_the_sync()
    {
        Begin(StreamRules.Relay);
        Assert.Equal(ApplyOutcome.Complete, Apply(Entries.Range(1, 7)));
        Assert.Equal((7ul, 8ul), (_batches.MaxApplied, _batches.ExpectedNext));
        Assert.Equal(new LogPosition(1, 0), _batches.Durable);
        Assert.Throws<InvalidOperationException>(() => _batches.MarkAcknowledged(7));
        Assert.Equal(new LogPosition(1, 7), _batches.Sync());
        _batches.MarkAcknowledged(7);
        Assert.Equal(7ul, _batches.LastAcknowledged);
    }

    [Fact]
    public void Duplicates_are_dropped_one_by_one()
    {
        Begin(StreamRules.Relay);
        Apply(Entries.Range(1, 5));
        Assert.Equal(ApplyOutcome.Complete, Apply(Entries.Range(3, 7)));
        _batches.Sync();
        Assert.Equal([1ul, 2, 3, 4, 5, 6, 7], _store.Sequences);
        ApplyCounts counts = _batches.TakeCounts();
        Assert.Equal((7, 3, 7), (counts.Entries, counts.Duplicates, counts.Transactions));
        Assert.Equal(default, _batches.TakeCounts());
    }

    [Fact]
    public void A_gap_keeps_the_prefix_drops_the_rest_and_names_what_is_missing()
    {
        Begin(StreamRules.Relay);
        Assert.Equal(
            ApplyOutcome.Gap, Apply(Entries.Message(Entries.Put(1), Entries.Put(2), Entries.Put(4), Entries.Put(5))));
        Assert.Equal((2ul, 3ul, 4ul), (_batches.MaxApplied, _batches.MissingSequence, _batches.HighestSeen));
        Assert.True(_batches.AtBoundary);
        Apply(Entries.Range(3, 5));
        Assert.Equal((5ul, 0ul), (_batches.MaxApplied, _batches.MissingSequence));
    }

    [Fact]
    public void All_operations_of_one_number_are_one_transaction()
    {
        Begin(StreamRules.StockTick);
        Apply(Entries.Message([Entries.Put(1), .. Entries.Transaction(2, 5), Entries.Put(3)]));
        _batches.Sync();
        Assert.Equal([1ul, 2, 2, 2, 2, 2, 3], _store.Sequences);
        Assert.Equal(3, _batches.TakeCounts().Transactions);
    }

    [Fact]
    public void A_full_batch_stops_between_two_transactions_and_goes_on_with_the_same_response()
    {
        Begin(StreamRules.Relay);
        using StreamMessage message = Entries.Message(
            [.. Entries.Transaction(1, 3), .. Entries.Transaction(2, 3), .. Entries.Transaction(3, 3)]);
        List<ulong> ends = [];
        while (_batches.Apply(message, batchBytes: 1) == ApplyOutcome.BatchFull)
        {
            ends.Add(_batches.Sync().Sequence);
        }

        _batches.Sync();
        Assert.Equal([1ul, 2], ends);
        Assert.Equal(9, _store.Entries.Count);
    }

    [Fact]
    public void Sequence_zero_beyond_the_last_and_a_disagreement_with_the_payload_are_protocol_errors()
    {
        Begin(StreamRules.Relay);
        WALStreamResponse zero = Entries.Response([Entries.Put(1)]);
        zero.Entries[0].SequenceNumber = 0;
        Assert.Throws<ProtocolException>(() => Apply(Entries.Copy(zero)));
        WALStreamResponse other = Entries.Response([Entries.Put(1)]);
        other.Entries[0].SequenceNumber = 2;
        Assert.Throws<ProtocolException>(() => Apply(Entries.Copy(other)));
        Assert.Throws<ProtocolException>(() => Apply(Entries.Message(Entries.Put(EntryLimits.LastSequence + 1))));
        Assert.Empty(_store.Entries);
        Assert.Equal(0ul, _batches.MaxApplied);
    }

    [Fact]
    public void A_corrupt_payload_leaves_the_open_transaction_to_be_discarded()
    {
        byte[] corrupt = Entries.Put(2, "b", "2");
        corrupt[9] = 0xFF;
        Begin(StreamRules.Relay);
        Assert.Throws<ProtocolException>(
            () => Apply(Entries.Message(Entries.Put(1), Entries.Put(2, "a", "1"), corrupt)));
        Assert.False(_batches.AtBoundary);
        Assert.Throws<InvalidOperationException>(() => _batches.Sync());
        _batches.Discard();
        Assert.Equal((0ul, true, false), (_batches.MaxApplied, _batches.AtBoundary, _batches.HasUnsynced));
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public void Compressed_payloads_are_applied_raw(CompressionCodec codec)
    {
        using ICodec made = CodecFactory.Create(codec);
        byte[] payload = Entries.Put(1, "key", new string('x', 500));
        Begin(StreamRules.Relay);
        Apply(Entries.Compressed(made, payload));
        _batches.Sync();
        Assert.Equal(payload, _store.Entries[0].Payload);
    }

    [Fact]
    public void A_damaged_compressed_payload_is_a_compression_error_that_names_the_entry()
    {
        using ZstdCodec codec = new();
        WALStreamResponse response = new() { Compressed = true, Codec = CompressionCodec.Zstd };
        byte[] frame = new byte[codec.MaxCompressedLength(600)];
        int length = codec.Compress(Entries.Put(1, "key", new string('x', 500)), frame);
        frame[length - 3] ^= 0x55;
        response.Entries.Add(new WALEntry
        {
            SequenceNumber = 1, Payload = Google.Protobuf.ByteString.CopyFrom(frame, 0, length - 1),
        });
        Begin(StreamRules.Relay);
        CompressionException error = Assert.Throws<CompressionException>(() => Apply(Entries.Copy(response)));
        Assert.Contains("entry 1", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string, FragmentType[]> BadFragments() => new()
    {
        { "last without a first", [FragmentType.Last] },
        { "middle without a first", [FragmentType.Middle] },
        { "first twice", [FragmentType.First, FragmentType.First] },
        { "a part that ends without a mark", [FragmentType.First, FragmentType.Full] },
    };

    [Theory]
    [MemberData(nameof(BadFragments))]
    public void Fragments_out_of_order_are_a_protocol_error(string name, FragmentType[] marks)
    {
        Begin(StreamRules.Relay);
        foreach (FragmentType mark in marks[..^1])
        {
            Apply(Entries.Message(mark, Entries.Put(1)));
        }

        ProtocolException error =
            Assert.Throws<ProtocolException>(() => Apply(Entries.Message(marks[^1], Entries.Put(1))));
        Assert.Contains("Entry 1 ", error.Message, StringComparison.Ordinal);
        Assert.NotNull(name);
    }

    [Fact]
    public void Another_transaction_before_the_last_part_is_a_protocol_error()
    {
        Begin(StreamRules.Relay);
        Apply(Entries.Message(FragmentType.First, Entries.Put(1)));
        Assert.False(_batches.AtBoundary);
        Assert.Throws<ProtocolException>(() => Apply(Entries.Message(Entries.Put(2))));
    }

    [Fact]
    public void A_mark_in_the_middle_of_a_response_is_a_protocol_error()
    {
        WALStreamResponse response = Entries.Response([Entries.Put(1, "a", "1"), Entries.Put(1, "b", "1")]);
        response.Entries[0].FragmentType = FragmentType.First;
        Begin(StreamRules.Relay);
        Assert.Throws<ProtocolException>(() => Apply(Entries.Copy(response)));
    }

    [Fact]
    public void The_overlap_is_compared_operation_by_operation_and_not_applied_again()
    {
        byte[][] transaction = Entries.Transaction(1, 4);
        Begin(StreamRules.Relay);
        Apply(Entries.Message(transaction));
        _batches.Sync();
        Assert.True(_store.TryOpen(_batches.Durable, out IHeldTransaction? held));
        _batches.BeginStream(StreamRules.Relay, held, expectOverlap: true);
        Assert.True(_batches.AwaitsOverlap);
        Apply(Entries.Message([.. transaction, Entries.Put(2)]));
        Assert.False(_batches.AwaitsOverlap);
        _batches.Sync();
        Assert.Equal([1ul, 1, 1, 1, 2], _store.Sequences);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(5)]
    public void More_or_fewer_operations_than_held_are_divergence(int sent)
    {
        Begin(StreamRules.Relay);
        Apply(Entries.Message(Entries.Transaction(1, 4)));
        _batches.Sync();
        Assert.True(_store.TryOpen(_batches.Durable, out IHeldTransaction? held));
        _batches.BeginStream(StreamRules.Relay, held, expectOverlap: true);
        Assert.Throws<DivergenceException>(() => Apply(Entries.Message(Entries.Transaction(1, sent))));
    }

    [Fact]
    public void An_overlap_spread_over_responses_is_compared_to_its_end()
    {
        byte[][] transaction = Entries.Transaction(1, 4);
        Begin(StreamRules.Relay);
        Apply(Entries.Message(transaction));
        _batches.Sync();
        Assert.True(_store.TryOpen(_batches.Durable, out IHeldTransaction? held));
        _batches.BeginStream(StreamRules.Relay, held, expectOverlap: true);
        Apply(Entries.Message(FragmentType.First, transaction[..2]));
        Assert.True(_batches.AwaitsOverlap);
        Apply(Entries.Message(FragmentType.Last, transaction[2..]));
        Assert.False(_batches.AwaitsOverlap);
        Apply(Entries.Message(Entries.Put(2)));
        Assert.Equal(2ul, _batches.MaxApplied);
    }

    [Fact]
    public void Without_the_held_bytes_the_presence_of_the_overlap_is_checked_all_the_same()
    {
        Begin(StreamRules.Relay);
        Apply(Entries.Range(1, 3));
        _batches.Sync();
        _batches.BeginStream(StreamRules.Relay, null, expectOverlap: true);
        Assert.Throws<DivergenceException>(() => Apply(Entries.Range(4, 5)));
        _batches.BeginStream(StreamRules.Relay, null, expectOverlap: true);
        Apply(Entries.Range(3, 5));
        Assert.Equal(5ul, _batches.MaxApplied);
    }

    [Fact]
    public void A_store_that_reports_another_position_than_was_synced_is_caught()
    {
        Begin(StreamRules.Relay);
        Apply(Entries.Range(1, 1));
        _store.Synced = _ => _store.BeginEpoch(new LogPosition(9, 9));
        Assert.Throws<InvalidOperationException>(() => _batches.Sync());
    }
}
