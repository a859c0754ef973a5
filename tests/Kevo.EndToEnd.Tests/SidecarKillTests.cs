using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica.Node;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Wire.Contracts.Client;
using Operation = Kevo.Core.Operation;

namespace Kevo.EndToEnd.Tests;

/// <summary>
/// A stock directory being written, a sidecar beside it and a replica behind that, both killed at random: the replica's
/// history is what stock wrote, transaction by transaction.
/// </summary>
public sealed class SidecarKillTests(ITestOutputHelper output)
{
    private const int Operations = 100_000;
    private const int Rounds = 20;
    private const string LastKey = "the last key";

    [Fact]
    public async Task Kills_of_sidecar_and_replica_lose_double_and_tear_nothing()
    {
        int seed = Seed.For(1101);
        var random = new Random(seed);
        using var directory = new TemporaryDirectory();
        using var stock = new StockDirectoryWriter(directory.Combine("kevo"));
        ReplicaRun sidecar = StartSidecar(directory, "127.0.0.1:0");
        string address = await sidecar.AddressAsync(Events.RelayListening);
        ReplicaRun replica = StartReplica(directory, address);
        try
        {
            int operations = 0;
            for (int round = 0; round < Rounds; round++)
            {
                int until = Operations * (round + 1) / Rounds;
                int killAt = random.Next(operations, until);
                bool killSidecar = random.Next(2) == 0;
                if (random.Next(3) > 0)
                {
                    // Else the kill may come at any moment of start and recovery.
                    await (killSidecar
                        ? sidecar.WaitForEventAsync(Events.RelayListening)
                        : replica.WaitForEventAsync(Events.StreamOpened));
                }

                while (operations < until)
                {
                    operations += WriteSome(stock, random);
                    if (operations >= killAt && killAt >= 0)
                    {
                        killAt = -1;
                        await (killSidecar ? sidecar : replica).DisposeAsync();
                    }
                }

                ChangeFiles(stock, round);
                sidecar = killSidecar ? StartSidecar(directory, address) : sidecar;
                replica = killSidecar ? replica : StartReplica(directory, address);
            }

            stock.Write((byte)Operation.Put, Encoding.UTF8.GetBytes(LastKey), []);
            string reads = await replica.AddressAsync(Events.ReadsListening);
            await UntilPresentAsync(reads, $"seed {seed}:\n{sidecar.Said}\n{replica.Said}");
            Assert.Equal(0, await replica.StopAsync());
            Assert.Equal(0, await sidecar.StopAsync());
        }
        finally
        {
            await replica.DisposeAsync();
            await sidecar.DisposeAsync();
        }

        Compare(stock.History, DataDirectory.LogPathOf(directory.Combine("replica")), seed);
        output.WriteLine($"{stock.History.Count} transactions, seed {seed}");
    }

    private static ReplicaRun StartSidecar(TemporaryDirectory directory, string address) => ReplicaRun.Start(
    [
        "relay", "--admin", "off",
        "--kevo-dir", directory.Combine("kevo"), "--data", directory.Combine("sidecar"), "--relay-listen",
            address,
        "--log-format", "json",
    ]);

    private static ReplicaRun StartReplica(TemporaryDirectory directory, string address) => ReplicaRun.Start(
    [
        "run", "--data", directory.Combine("replica"), "--primary", address, "--listen", "127.0.0.1:0", "--admin",
            "off",
        "--log-format", "json", "--log-retention", "10GiB", "--retry-base-delay", "5ms", "--retry-max-delay", "200ms",
    ]);

    private static void ChangeFiles(StockDirectoryWriter stock, int round)
    {
        switch (round)
        {
            case 2 or 5 or 9:
                stock.Rotate();
                break;
            case 4:
                stock.Restart();
                break;
            case 7:
                stock.Restart(newFile: true);
                break;
        }
    }

    /// <summary>One transaction, of one to a thousand operations; now and then a large value.</summary>
    private static int WriteSome(StockDirectoryWriter stock, Random random)
    {
        int kind = random.Next(400);
        if (kind == 0)
        {
            stock.Write((byte)Operation.Put, "large"u8.ToArray(), Value(random, random.Next(100_000, 4 << 20)));
            return 1;
        }

        if (kind > 60)
        {
            bool delete = random.Next(10) == 0;
            byte[] value = delete ? [] : Value(random, random.Next(200));
            stock.Write((byte)(delete ? Operation.Delete : Operation.Put), Key(random.Next(5_000)), value);
            return 1;
        }

        var batch = new (byte, byte[], byte[])[kind < 5 ? random.Next(200, 1_001) : random.Next(1, 60)];
        for (int i = 0; i < batch.Length; i++)
        {
            batch[i] = ((byte)Operation.Put, Key(i), Value(random, random.Next(100)));
        }

        stock.WriteBatch(batch);
        return batch.Length;
    }

    private static byte[] Value(Random random, int length)
    {
        byte[] value = new byte[length];
        random.NextBytes(value);
        return value;
    }

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes($"key{number:D6}");

    private static async Task UntilPresentAsync(string reads, string because)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{reads}");
        var client = new KevoService.KevoServiceClient(channel);
        using var limit = new CancellationTokenSource(ReplicaRun.Patience * 2);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        var request = new GetRequest { Key = ByteString.CopyFromUtf8(LastKey) };
        while (true)
        {
            try
            {
                if ((await client.GetAsync(request)).Found)
                {
                    return;
                }
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
            {
                // The replica is just starting.
            }

            Assert.False(limit.IsCancellationRequested, because);
            await beat.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    private static void Compare(
        List<(byte Operation, byte[] Key, byte[] Value)[]> history, string logDirectory, int seed)
    {
        using WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions { Directory = logDirectory }, LinuxFileSystem.Instance);
        Assert.Equal((ulong)history.Count, log.Durable.Sequence);
        using LogCursor cursor = log.OpenCursor(new LogPosition(log.Durable.Epoch, 1));
        for (int i = 0; i < history.Count; i++)
        {
            foreach ((byte operation, byte[] key, byte[] value) in history[i])
            {
                WalEntry entry;
                while (!cursor.TryReadEntry(out entry))
                {
                    Assert.True(cursor.MoveNext(), $"the log ends in transaction {i + 1}, seed {seed}");
                }

                bool equal = entry.Sequence == (ulong)i + 1
                    && (byte)entry.Operation == operation
                    && entry.Key.SequenceEqual(key)
                    && entry.Value.SequenceEqual(value);
                Assert.True(equal, $"transaction {i + 1} differs, seed {seed}");
            }
        }

        while (cursor.MoveNext())
        {
            Assert.False(cursor.TryReadEntry(out _), $"the log goes on behind the history, seed {seed}");
        }
    }
}
