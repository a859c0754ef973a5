using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Stock;
using Kevo.Relay.StockServer;
using Kevo.Relay.Writing;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;
using Kevo.Replication.Tests.World;
using Kevo.Storage;
using Kevo.Storage.Log;
using Kevo.Storage.Store;
using Kevo.Testing;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replication.Tests.Follow;

/// <summary>Replica, store, sockets and primaries as in production, in one process.</summary>
public sealed class ReplicaRealPeersTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(CompressionCodec.None)]
    [InlineData(CompressionCodec.Zstd)]
    [InlineData(CompressionCodec.Snappy)]
    public async Task A_relays_history_arrives_whole_with_transactions_over_several_messages(CompressionCodec codec)
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Fill(5000);
        using (PrimaryTransaction large = new())
        {
            for (int i = 0; i < 3000; i++)
            {
                large.Put(Encoding.UTF8.GetBytes($"large-{i:d5}"), new byte[1000]);
            }

            relay.Primary.Commit(large);
        }

        relay.Fill(1000, "again");
        using ReplicaStore store = OpenStore();
        ReplicaOptions options = new()
        {
            PrimaryAddress = $"{relay.Address}", NodeId = "replica-1", PreferredCodec = codec,
        };
        await using (Replica replica = Start(options, store))
        {
            await store.WaitForVisibleAsync(relay.Primary.Durable, CancellationToken.None).AsTask().WaitAsync(Limit);
            await replica.StopAsync().WaitAsync(Limit);
            Assert.Equal(relay.Primary.Durable, replica.Positions.Acknowledged.Value);
            Assert.True(replica.Completion.IsCompletedSuccessfully);
        }

        AssertSame(relay.ReadAll(), store);
    }

    [Fact]
    public async Task A_relay_that_goes_away_and_comes_back_is_followed_on_and_compared()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        relay.Fill(100);
        using ReplicaStore store = OpenStore();
        await using Replica replica = Start(NewOptions(relay), store);
        await store.WaitForVisibleAsync(relay.Primary.Durable, CancellationToken.None).AsTask().WaitAsync(Limit);
        for (int round = 0; round < 3; round++)
        {
            await relay.CloseAsync();
            relay.Fill(50, $"round-{round}");
            await relay.ListenAsync();
            await store.WaitForVisibleAsync(relay.Primary.Durable, CancellationToken.None).AsTask().WaitAsync(Limit);
        }

        Assert.True(replica.IsHealthy);
        AssertSame(relay.ReadAll(), store);
    }

    [Fact]
    public async Task A_replica_restarted_on_its_directory_continues_where_it_was()
    {
        await using TestRelay relay = await TestRelay.StartAsync();
        for (int round = 0; round < 3; round++)
        {
            relay.Fill(200, $"round-{round}");
            using ReplicaStore store = OpenStore();
            await using Replica replica = Start(NewOptions(relay), store);
            await store.WaitForVisibleAsync(relay.Primary.Durable, CancellationToken.None).AsTask().WaitAsync(Limit);
            await replica.StopAsync().WaitAsync(Limit);
            Assert.Equal(200, replica.ReadCounters().Entries);
        }

        using ReplicaStore last = OpenStore();
        AssertSame(relay.ReadAll(), last);
    }

    [Fact]
    public async Task A_relay_with_another_history_under_the_same_numbers_stops_the_node_and_changes_nothing()
    {
        await using TestRelay one = await TestRelay.StartAsync();
        one.Fill(20, "one");
        using ReplicaStore store = OpenStore();
        await using (Replica replica = Start(NewOptions(one), store))
        {
            await store.WaitForVisibleAsync(one.Primary.Durable, CancellationToken.None).AsTask().WaitAsync(Limit);
        }

        await using TestRelay other = await TestRelay.StartAsync();
        other.Fill(30, "other");
        await using Replica diverged = Start(NewOptions(other), store);
        await Assert.ThrowsAsync<DivergenceException>(() => diverged.Completion.WaitAsync(Limit));
        AssertSame(one.ReadAll(), store);
    }

    [Fact]
    public async Task A_stock_primary_is_followed_by_its_ticker_transactions_included()
    {
        StockPrimaryModel model = new(new StockPrimaryOptions(), TimeProvider.System);
        await using StockPrimaryHost stock = await StockPrimaryHost.StartAsync(
            model, new StockPrimaryHostOptions(), TimeProvider.System);
        Random random = new(Seed.For(5));
        for (int i = 0; i < 150; i++)
        {
            stock.Run(primary => Write(primary, random, i));
        }

        using ReplicaStore store = OpenStore();
        ReplicaOptions options = new() { PrimaryAddress = $"{stock.ReplicationAddress}", Follow = FollowMode.Tick };
        await using Replica replica = Start(options, store);
        for (int i = 150; i < 200; i++)
        {
            stock.Run(primary => Write(primary, random, i));
        }

        LogPosition end = new(1, stock.Run(primary => primary.NextSequence) - 1);
        await store.WaitForVisibleAsync(end, CancellationToken.None).AsTask().WaitAsync(Limit);
        (ulong, byte[])[] expected = stock.Run(primary => primary.ReadLog()
            .Select(entry => (Entries.SequenceOf(entry.Payload.ToByteArray()), entry.Payload.ToByteArray()))
            .ToArray());
        Assert.Equal(expected.Length, ReadAll(store).Count);
        Assert.All(ReadAll(store).Zip(expected), pair =>
        {
            Assert.Equal(pair.Second.Item1, pair.First.Position.Sequence);
            Assert.Equal(pair.Second.Item2, pair.First.Payload);
        });
        Assert.Equal(0, stock.Run(primary => primary.NegativeAcknowledgements));
    }

    [Fact]
    public async Task A_stock_primary_with_all_its_freezes_is_listened_to_under_load_and_equal_in_the_end()
    {
        StockPrimaryModel model = new(
            new StockPrimaryOptions { FreezeCycles =
                StockFreezeCycles.All, BlocksOnFullWindow = true }, TimeProvider.System);
        await using StockPrimaryHost stock = await StockPrimaryHost.StartAsync(
            model, new StockPrimaryHostOptions(), TimeProvider.System);
        Random random = new(Seed.For(6));
        for (int i = 0; i < 200; i++)
        {
            stock.Run(primary => Write(primary, random, i));
        }

        using ReplicaStore store = OpenStore();
        ReplicaOptions options = new()
        {
            PrimaryAddress = $"{stock.ReplicationAddress}",
            Snapshots = new SnapshotOptions { Interval = TimeSpan.FromMilliseconds(100) },
        };
        await using Replica replica = new(
            options,
            new GrpcPrimaryConnector(options.Connector, LinuxFileSystem.Instance, TimeProvider.System),
            store,
            new ReplicaServices
            {
                Reader = new GrpcPrimaryReader(
                    options.Connector with { Address =
                        $"{stock.ClientAddress}" }, LinuxFileSystem.Instance, TimeProvider.System),
            });
        replica.Start();
        for (int i = 200; i < 2000; i++)
        {
            stock.Run(primary => Write(primary, random, i));
            await Task.Yield();
        }

        // One more live write after the last transaction: the hole before it is closed first, so seeing it means seeing
        // all.
        stock.Run(primary => primary.Put("the end"u8.ToArray(), "reached"u8.ToArray()));
        using CancellationTokenSource limit = new(Limit);
        while (!Holds(store, "the end"u8))
        {
            await store.WaitForVisibleAsync(store.Visible.Next, limit.Token);
        }

        Assert.False(stock.Run(primary => primary.IsFrozen));
        Assert.Equal(0, stock.Run(primary => primary.NegativeAcknowledgements));
        SortedDictionary<string, string> expected = new(StringComparer.Ordinal);
        foreach (KeyValuePair<byte[], byte[]> row in stock.Run(primary => primary.Scan([], [], [], [], 0))!)
        {
            expected[Encoding.UTF8.GetString(row.Key)] = Encoding.UTF8.GetString(row.Value);
        }

        Assert.Equal(expected, Content(store));
    }

    private static bool Holds(ReplicaStore store, ReadOnlySpan<byte> key)
    {
        using ISnapshot snapshot = store.OpenSnapshot();
        return snapshot.TryGet(key, out _);
    }

    private static SortedDictionary<string, string> Content(ReplicaStore store)
    {
        SortedDictionary<string, string> content = new(StringComparer.Ordinal);
        using ISnapshot snapshot = store.OpenSnapshot();
        using IEntryCursor cursor = snapshot.Scan(default, default);
        while (cursor.MoveNext())
        {
            content[Encoding.UTF8.GetString(cursor.Key)] = Encoding.UTF8.GetString(cursor.Value);
        }

        return content;
    }

    private static void Write(StockPrimaryModel primary, Random random, int i)
    {
        if (random.Next(4) == 0)
        {
            primary.Commit([.. Enumerable.Range(0, random.Next(2, 90)).Select(k =>
                new StockOperation(
                    Operation.Put, Encoding.UTF8.GetBytes($"t{i}-{k:d3}"), Encoding.UTF8.GetBytes($"{i}")))]);
        }
        else
        {
            primary.Put(Encoding.UTF8.GetBytes($"k{random.Next(50)}"), Encoding.UTF8.GetBytes($"{i}"));
        }
    }

    private static ReplicaOptions NewOptions(TestRelay relay) => new()
    {
        PrimaryAddress = $"{relay.Address}",
        NodeId = "replica-1",
        RetryBaseDelay = TimeSpan.FromMilliseconds(50),
        RetryMaxDelay = TimeSpan.FromMilliseconds(200),
    };

    private static Replica Start(ReplicaOptions options, ReplicaStore store)
    {
        Replica replica = new(
            options,
            new GrpcPrimaryConnector(options.Connector, LinuxFileSystem.Instance, TimeProvider.System),
            store,
            new ReplicaServices { History = new LogHeldHistory(store.Log) });
        replica.Start();
        return replica;
    }

    private ReplicaStore OpenStore() => ReplicaStore.Open(
        new StoreOptions { Directory =
            _directory.Combine("data"), LogSegmentSize = 8 << 20 }, LinuxFileSystem.Instance);

    private static List<(LogPosition Position, byte[] Payload)> ReadAll(ReplicaStore store)
    {
        List<(LogPosition, byte[])> entries = [];
        using LogCursor cursor = store.Log.OpenCursor(store.Log.First);
        while (cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                entries.Add((new LogPosition(cursor.FirstPosition.Epoch, entry.Sequence), entry.Payload.ToArray()));
            }
        }

        return entries;
    }

    private static void AssertSame(List<(LogPosition Position, byte[] Payload)> expected, ReplicaStore store)
    {
        List<(LogPosition Position, byte[] Payload)> held = ReadAll(store);
        Assert.Equal(expected.Count, held.Count);
        for (int i = 0; i < held.Count; i++)
        {
            Assert.Equal(expected[i].Position, held[i].Position);
            Assert.True(expected[i].Payload.AsSpan().SequenceEqual(held[i].Payload), $"entry {i} differs");
        }
    }
}
