using Grpc.Core;
using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Storage;
using Kevo.Testing;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Tests.Serving;

/// <summary>What a client of the protocol gets from a relay over a real connection.</summary>
public sealed class RelayStreamTests
{
    [Fact]
    public async Task The_stream_is_the_log_entry_by_entry_and_messages_end_where_transactions_do()
    {
        int seed = Seed.For(4001);
        await using RelayFixture fixture = await RelayFixture.StartAsync(
            new RelayOptions { NodeId = "relay-1", MessageBytes = 64 * 1024 });
        int entries = FillRandomly(fixture.Primary, new Random(seed), transactions: 5_000);
        using RelayStream stream = fixture.Open(0);

        List<WALStreamResponse> messages = await stream.ReadEntriesAsync(entries);

        Assert.Equal(entries, messages.Sum(message => message.Entries.Count));
        using ILogCursor cursor = fixture.Log.OpenCursor(new LogPosition(1, 1));
        foreach (WALEntry entry in messages.SelectMany(message => message.Entries))
        {
            WalEntry expected = NextOf(cursor);
            Assert.True(
                expected.Payload.SequenceEqual(entry.Payload.Span), $"entry {entry.SequenceNumber}, seed {seed}");
            Assert.Equal(expected.Sequence, entry.SequenceNumber);
        }

        ulong last = 0;
        foreach (WALStreamResponse message in messages)
        {
            Assert.True(message.Entries[0].SequenceNumber > last, $"a transaction is torn after {last}, seed {seed}");
            last = message.Entries[^1].SequenceNumber;
        }
    }

    [Fact]
    public async Task A_transaction_larger_than_a_message_is_split_and_says_so()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync(
            new RelayOptions { NodeId = "relay-1", MessageBytes = 10_000 });
        fixture.Fill(3);
        using var giant = new PrimaryTransaction();
        for (int i = 0; i < 100; i++)
        {
            giant.Put(RelayFixture.Bytes($"giant{i:D3}"), new byte[500]);
        }

        fixture.Primary.Commit(giant);
        fixture.Fill(3);
        using RelayStream stream = fixture.Open(0);
        List<WALStreamResponse> messages = await stream.ReadEntriesAsync(106);

        List<WALStreamResponse> parts =
            [.. messages.Where(message => message.Entries[^1].FragmentType != FragmentType.Full)];
        Assert.True(parts.Count >= 5);
        Assert.All(parts, part => Assert.All(part.Entries, entry => Assert.Equal(4UL, entry.SequenceNumber)));
        Assert.Equal(FragmentType.First, parts[0].Entries[^1].FragmentType);
        Assert.All(parts[1..^1], part => Assert.Equal(FragmentType.Middle, part.Entries[^1].FragmentType));
        Assert.Equal(FragmentType.Last, parts[^1].Entries[^1].FragmentType);
        Assert.Equal(100, parts.Sum(part => part.Entries.Count));
        IEnumerable<WALEntry> others = messages.SelectMany(
            message => message.Entries.SkipLast(parts.Contains(message) ? 1 : 0));
        Assert.All(others, entry => Assert.Equal(FragmentType.Full, entry.FragmentType));
    }

    [Fact]
    public async Task A_new_write_arrives_on_a_stream_that_has_caught_up()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        using RelayStream stream = fixture.Open(0);
        await stream.HeadersAsync();
        for (ulong number = 1; number <= 200; number++)
        {
            Assert.Equal(number, fixture.Primary.Put("k"u8, "v"u8));
            Assert.Equal(number, (await stream.NextAsync()).Entries.Single().SequenceNumber);
        }
    }

    [Fact]
    public async Task A_resumed_stream_begins_with_the_transaction_the_replica_holds()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(5_000);
        using RelayStream stream = fixture.Open(4_321, "replica-a", epoch: 1);

        List<WALStreamResponse> messages = await stream.ReadEntriesAsync(5_000 - 4_320);
        Assert.Equal(4_321UL, messages[0].Entries[0].SequenceNumber);
        Assert.Equal(5_000UL, messages[^1].Entries[^1].SequenceNumber);
    }

    [Fact]
    public async Task The_headers_name_the_relay_its_epoch_its_history_and_its_path()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Relay.SetUpstreamPath(["up-1", "up-2"]);
        fixture.Fill(7);
        using RelayStream stream = fixture.Open(3);
        Metadata headers = await stream.HeadersAsync();

        Assert.NotNull(RelayHeaders.ReadSessionId(headers));
        RelayAnnouncement announcement = RelayAnnouncement.Read(headers)!;
        Assert.Equal("relay-1", announcement.NodeId);
        Assert.Equal(1UL, announcement.Epoch);
        Assert.Equal(1UL, announcement.FirstSequence);
        Assert.Equal(7UL, announcement.LastSequence);
        Assert.Equal(["up-1", "up-2"], announcement.Path);
    }

    [Fact]
    public async Task The_headers_of_an_empty_history_are_readable()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        using RelayStream stream = fixture.Open(0);

        Assert.Equal(0UL, RelayAnnouncement.Read(await stream.HeadersAsync())!.LastSequence);
    }

    [Theory]
    [InlineData(8UL, 1UL)]
    [InlineData(3UL, 2UL)]
    public async Task A_replica_that_is_ahead_or_of_another_epoch_has_diverged(ulong start, ulong epoch)
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(7);
        using RelayStream stream = fixture.Open(start, "replica-a", epoch);

        Assert.Equal(StatusCode.FailedPrecondition, (await stream.FailureAsync()).StatusCode);
        Assert.Equal(1, fixture.Relay.GetStatus().SessionsRefused);
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL)]
    public async Task History_that_was_deleted_is_out_of_range(ulong start)
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync(segmentSize: 64 * 1024);
        for (int i = 0; i < 5; i++)
        {
            fixture.Fill(500);
        }

        fixture.Log.DeleteBelow(new LogPosition(1, 2_000));
        using RelayStream stream = fixture.Open(start);

        Assert.Equal(StatusCode.OutOfRange, (await stream.FailureAsync()).StatusCode);
    }

    [Fact]
    public async Task A_relay_without_history_asks_to_try_again()
    {
        using var directory = new TemporaryDirectory();
        using var log = Storage.Log.WriteAheadLog.Open(
            new Storage.Log.LogOptions { Directory = directory.Combine("log"), SegmentSize = 65_536 },
            Platform.LinuxFileSystem.Instance);
        var error = Assert.Throws<RpcException>(
            () => RelayStart.Resolve(log, new WALStreamRequest { ListenerAddress = "a:1" }, null));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
    }

    [Fact]
    public async Task A_new_epoch_ends_the_stream_after_everything_of_the_old_one()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Fill(10);
        using RelayStream stream = fixture.Open(0);
        await stream.ReadEntriesAsync(10);
        fixture.Log.BeginEpoch(new LogPosition(2, 500));

        RpcException failure = await stream.FailureAsync();
        Assert.Equal(StatusCode.FailedPrecondition, failure.StatusCode);
        Assert.Contains("epoch 2", failure.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public async Task Payloads_are_compressed_when_asked_and_when_it_pays(CompressionCodec codec)
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        byte[] random = new byte[4_000];
        new Random(Seed.For(4002)).NextBytes(random);
        fixture.Primary.Put("pays"u8, new byte[4_000]);
        fixture.Primary.Put("does not"u8, random);
        using RelayStream stream = fixture.Open(1, "replica-a", epoch: 1, codec);
        WALStreamResponse message = await stream.NextAsync();

        Assert.True(message.Compressed);
        Assert.Equal(codec, message.Codec);
        Assert.True(message.Entries[0].Payload.Length < 1_000);
        Assert.Equal(4_000 + 17 + 8, message.Entries[1].Payload.Length);
    }

    [Fact]
    public async Task A_client_that_is_none_of_ours_gets_raw_payloads()
    {
        await using RelayFixture fixture = await RelayFixture.StartAsync();
        fixture.Primary.Put("k"u8, new byte[4_000]);
        using RelayStream stream = fixture.Open(1, codec: CompressionCodec.Zstd);

        WALStreamResponse message = await stream.NextAsync();
        Assert.False(message.Compressed);
        Assert.Equal(4_000 + 17 + 1, message.Entries[0].Payload.Length);
    }

    private static WalEntry NextOf(ILogCursor cursor)
    {
        WalEntry entry;
        while (!cursor.TryReadEntry(out entry))
        {
            Assert.True(cursor.MoveNext());
        }

        return entry;
    }

    private static int FillRandomly(RelayPrimary primary, Random random, int transactions)
    {
        int entries = 0;
        using var transaction = new PrimaryTransaction();
        byte[] value = new byte[2_000];
        random.NextBytes(value);
        for (int i = 0; i < transactions; i++)
        {
            transaction.Clear();
            int operations = random.Next(10) == 0 ? random.Next(1, 30) : 1;
            for (int j = 0; j < operations; j++)
            {
                byte[] key = RelayFixture.Bytes($"k{random.Next(1_000)}");
                if (random.Next(8) == 0)
                {
                    transaction.Delete(key);
                }
                else
                {
                    transaction.Put(key, value.AsSpan(0, random.Next(value.Length)));
                }
            }

            primary.Enqueue(transaction);
            entries += operations;
        }

        primary.Flush();
        return entries;
    }
}
