using Kevo.Core;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Tests.World;
using Kevo.Testing;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Tests.Sequencing;

/// <summary>
/// Random histories sent in every legal and many illegal ways: whatever arrives, the store is at every moment a prefix
/// of the history, transaction by transaction, and in the end all of it.
/// </summary>
public sealed class BatchApplierModelTests
{
    private sealed class Sender(Random random, byte[][][] history)
    {
        /// <summary>The next response of a relay from transaction index <paramref name="from"/>; moves it on.</summary>
        public StreamMessage Relay(ref int from, ref int part)
        {
            if (part > 0 || random.Next(4) == 0)
            {
                byte[][] transaction = history[from];
                int end = Math.Min(transaction.Length, part + random.Next(1, 4));
                bool first = part == 0;
                bool last = end == transaction.Length;
                byte[][] sent = transaction[part..end];
                part = last ? 0 : end;
                from += last ? 1 : 0;
                FragmentType mark = (first, last) switch
                {
                    (true, true) => FragmentType.Full,
                    (true, false) => FragmentType.First,
                    (false, true) => FragmentType.Last,
                    _ => FragmentType.Middle,
                };
                return Entries.Message(mark, sent);
            }

            int count = random.Next(1, 6);
            List<byte[]> payloads = [];
            while (count-- > 0 && from < history.Length)
            {
                payloads.AddRange(history[from++]);
            }

            return Entries.Message(payloads);
        }

        /// <summary>What a stock primary's ticker sends above an acknowledged number: at most 100 entries.</summary>
        public StreamMessage Tick(ulong acknowledged) => Entries.Message(
            history.Skip((int)acknowledged).SelectMany(transaction => transaction).Take(StreamRules.StockEntryCap));
    }

    private static byte[][][] NewHistory(Random random, int transactions) =>
        [.. Enumerable.Range(1, transactions).Select(i =>
            Entries.Transaction((ulong)i, random.Next(5) == 0 ? random.Next(2, 99) : 1))];

    private static void AssertPrefix(HistoryStore store, byte[][][] history, string message)
    {
        byte[][] expected = [.. history.Take((int)store.Durable.Sequence).SelectMany(transaction => transaction)];
        Assert.True(expected.Length == store.Entries.Count, message);
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.True(expected[i].AsSpan().SequenceEqual(store.Entries[i].Payload), message);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_relays_stream_with_cuts_repeats_and_losses_ends_as_the_history(int fixedSeed)
    {
        int seed = Seed.For(fixedSeed);
        Random random = new(seed);
        byte[][][] history = NewHistory(random, 400);
        HistoryStore store = new();
        using BatchApplier batches = new(store);
        batches.EnterEpoch(1);
        Sender sender = new(random, history);
        for (int sessions = 0; store.Durable.Sequence < (ulong)history.Length; sessions++)
        {
            Assert.True(sessions < 10_000, $"seed {seed}: no end");
            store.TryOpen(store.Durable, out IHeldTransaction? held);
            batches.BeginStream(StreamRules.Relay, held, expectOverlap: true);
            int next = Math.Max(0, (int)store.Durable.Sequence - 1);
            int part = 0;
            for (int steps = random.Next(1, 40); steps > 0 && next < history.Length; steps--)
            {
                if (random.Next(10) == 0 && part == 0 && batches is { AtBoundary: true, AwaitsOverlap: false })
                {
                    next = Math.Clamp((int)batches.MaxApplied + random.Next(-3, 3), 0, history.Length - 1);
                }

                using StreamMessage message = sender.Relay(ref next, ref part);
                ApplyOutcome outcome;
                while ((outcome = batches.Apply(message, random.Next(1, 5000))) == ApplyOutcome.BatchFull)
                {
                    batches.BeginSync();
                }

                if (outcome == ApplyOutcome.Gap)
                {
                    next = (int)batches.MissingSequence - 1;
                    part = 0;
                }

                if (batches.AtBoundary && random.Next(2) == 0)
                {
                    _ = random.Next(2) == 0 ? batches.Sync() : batches.BeginSync();
                    Assert.Equal(store.Durable, batches.Durable);
                    AssertPrefix(store, history, $"seed {seed}");
                }
            }

            Settle(batches, random);
            AssertPrefix(store, history, $"seed {seed}, session {sessions}");
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void A_stock_primarys_ticks_and_live_writes_end_as_the_history(int fixedSeed)
    {
        int seed = Seed.For(fixedSeed);
        Random random = new(seed);
        byte[][][] history = NewHistory(random, 400);
        HistoryStore store = new();
        using BatchApplier batches = new(store);
        batches.EnterEpoch(1);
        batches.BeginStream(StreamRules.StockTick, null, expectOverlap: false);
        Sender sender = new(random, history);
        for (int ticks = 0; store.Durable.Sequence < (ulong)history.Length; ticks++)
        {
            Assert.True(ticks < 20_000, $"seed {seed}: no end");
            if (random.Next(3) == 0)
            {
                byte[][] live = history[random.Next(history.Length)];
                if (live.Length == 1)
                {
                    using StreamMessage broadcast = Entries.Broadcast(live[0]);
                    batches.Apply(broadcast, long.MaxValue);
                }
            }
            else
            {
                using StreamMessage message = sender.Tick(batches.LastAcknowledged);
                batches.Apply(message, long.MaxValue);
            }

            batches.Sync();
            AssertPrefix(store, history, $"seed {seed}, tick {ticks}");
            if (random.Next(3) == 0)
            {
                batches.MarkAcknowledged(store.Durable.Sequence);
            }
        }
    }

    private static void Settle(BatchApplier batches, Random random)
    {
        if (batches.AtBoundary && random.Next(2) == 0)
        {
            batches.Sync();
        }
        else
        {
            batches.Discard();
        }

        batches.EndStream();
    }
}
