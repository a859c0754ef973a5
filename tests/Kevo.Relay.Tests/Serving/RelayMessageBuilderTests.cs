using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Relay.Tests.Serving;

/// <summary>How a log becomes messages, without a connection.</summary>
public sealed class RelayMessageBuilderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly WriteAheadLog _log;
    private readonly RelayPrimary _primary;

    public RelayMessageBuilderTests()
    {
        _log = WriteAheadLog.Open(
            new LogOptions { Directory = _directory.Combine("log"), SegmentSize = 1 << 20 }, LinuxFileSystem.Instance);
        _primary = new RelayPrimary(_log, flushBytes: 20_000);
    }

    public void Dispose()
    {
        _primary.Dispose();
        _log.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public void Any_mixture_of_transactions_and_budgets_arrives_whole_in_order_and_correctly_marked()
    {
        int seed = Seed.For(4003);
        var random = new Random(seed);
        List<int> sizes = [];
        using var transaction = new PrimaryTransaction();
        for (int i = 0; i < 600; i++)
        {
            transaction.Clear();
            int operations = random.Next(4) == 0 ? random.Next(1, 60) : random.Next(1, 4);
            for (int j = 0; j < operations; j++)
            {
                transaction.Put(RelayFixture.Bytes($"k{j}"), new byte[random.Next(400)]);
            }

            _primary.Enqueue(transaction);
            sizes.Add(operations);
        }

        _primary.Flush();
        foreach (int budget in (int[])[1, 100, 700, 3_000, 20_000, 1 << 20])
        {
            CheckAll(budget, sizes, $"budget {budget}, seed {seed}");
        }
    }

    [Fact]
    public void A_message_of_one_entry_may_be_longer_than_the_budget()
    {
        _primary.Put("k"u8, new byte[3 << 20]);
        _primary.Put("l"u8, new byte[3 << 20]);
        using var builder = new RelayMessageBuilder(_log, new LogPosition(1, 1), 1 << 20, null);

        Assert.Single(Parse(builder.Next()!).Entries);
        Assert.Equal(new LogPosition(1, 1), builder.Sent);
        Assert.Single(Parse(builder.Next()!).Entries);
        Assert.Null(builder.Next());
        Assert.Equal(new LogPosition(1, 2), builder.Sent);
    }

    [Fact]
    public void Rewinding_in_the_middle_of_a_split_transaction_starts_clean()
    {
        _primary.Put("first"u8, []);
        using var transaction = new PrimaryTransaction();
        for (int i = 0; i < 10; i++)
        {
            transaction.Put(RelayFixture.Bytes($"k{i}"), new byte[100]);
        }

        _primary.Commit(transaction);
        using var builder = new RelayMessageBuilder(_log, new LogPosition(1, 1), 300, null);
        builder.Next();
        Assert.Equal(FragmentType.First, Parse(builder.Next()!).Entries[^1].FragmentType);
        builder.Rewind(1);

        Assert.Equal(1UL, Parse(builder.Next()!).Entries.Single().SequenceNumber);
        Assert.Equal(FragmentType.First, Parse(builder.Next()!).Entries[^1].FragmentType);
    }

    [Fact]
    public void Building_messages_allocates_nothing_per_entry()
    {
        for (int i = 0; i < 50_000; i++)
        {
            _primary.EnqueuePut(RelayFixture.Bytes($"key{i:D9}"), "a value of some length"u8);
        }

        _primary.Flush();
        using var builder = new RelayMessageBuilder(_log, new LogPosition(1, 1), 64 * 1024, null);
        bool all = true;
        long allocated = AllocatedBytes.LeastOf(() => all &= builder.Next() is not null, times: 10, rounds: 2);
        Assert.True(all);
        Assert.Equal(0, allocated);
    }

    private static WALStreamResponse Parse(EncodedResponse response) =>
        WALStreamResponse.Parser.ParseFrom(response.Bytes.Span);

    private void CheckAll(int budget, List<int> sizes, string because)
    {
        using var builder = new RelayMessageBuilder(_log, new LogPosition(1, 1), budget, null);
        ulong complete = 0;
        int seen = 0;
        bool open = false;
        while (builder.Next() is { } encoded)
        {
            WALStreamResponse message = Parse(encoded);
            Assert.True(message.Entries.Count > 0, because);
            for (int i = 0; i < message.Entries.Count; i++)
            {
                WALEntry entry = message.Entries[i];
                bool last = i == message.Entries.Count - 1;
                Assert.True(entry.SequenceNumber == complete + 1, because);
                Assert.True(entry.FragmentType == FragmentType.Full || last, because);
                seen++;
                bool whole = seen == sizes[(int)complete];
                if (last && !whole)
                {
                    Assert.True(entry.FragmentType == (open ? FragmentType.Middle : FragmentType.First), because);
                    open = true;
                }
                else if (whole)
                {
                    Assert.True(entry.FragmentType == (open ? FragmentType.Last : FragmentType.Full), because);
                    complete++;
                    seen = 0;
                    open = false;
                }
            }

            Assert.True(builder.Sent.Sequence == complete, because);
        }

        Assert.True((int)complete == sizes.Count, because);
    }
}
