using Grpc.Net.Client;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Sidecar;
using Kevo.Relay.Tests.Serving;
using Kevo.Testing;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Relay.Tests.Sidecar;

/// <summary>The sidecar with its thread, the real file system and real connections.</summary>
public sealed class StockSidecarTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StockDirectoryWriter _stock;
    private readonly SidecarOptions _options;

    public StockSidecarTests()
    {
        _stock = new StockDirectoryWriter(_directory.Combine("stock"));
        _options = new SidecarOptions
        {
            StockDirectory = _directory.Combine("stock"),
            Directory = _directory.Combine("sidecar"),
            SegmentSize = 16 << 20,
        };
    }

    public void Dispose()
    {
        _stock.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_write_reaches_the_log_without_another_write_behind_it()
    {
        using StockSidecar sidecar = Start();
        for (ulong number = 1; number <= 20; number++)
        {
            _stock.Write(1, "key"u8.ToArray(), "value"u8.ToArray());
            await ReachedAsync(sidecar, number);
        }
    }

    [Fact]
    public async Task A_large_history_reaches_a_replica_transaction_by_transaction_over_rotations_and_restarts()
    {
        int seed = Seed.For(4103);
        var random = new Random(seed);
        var received = new List<List<(byte, byte[], byte[])>>();
        StockSidecar sidecar = Start();
        try
        {
            for (int phase = 0; phase < 6; phase++)
            {
                WritePhase(random, transactions: 700);
                await ReachedAsync(sidecar, (ulong)_stock.History.Count);
                await ReceiveAsync(sidecar, received);
                ChangeFiles(phase);
                sidecar.Dispose();
                await sidecar.Completion;
                sidecar = Start();
            }

            Assert.Equal(0, sidecar.Status.LateParts);
        }
        finally
        {
            sidecar.Dispose();
        }

        SidecarFixture.AssertEqual(_stock.History, [.. received.Select(r => r.ToArray())], $"seed {seed}");
    }

    [Fact]
    public async Task An_error_ends_the_sidecar_and_says_why()
    {
        using StockSidecar sidecar = Start();
        _stock.Write(1, "key"u8.ToArray(), "value"u8.ToArray());
        await ReachedAsync(sidecar, 1);
        File.WriteAllBytes(_directory.Combine("stock", "wal", "00000000000000000001.wal"), []);

        await Assert.ThrowsAsync<DivergenceException>(() => sidecar.Completion.WaitAsync(RelayFixture.Patience));
    }

    [Fact]
    public async Task A_directory_that_appears_later_is_followed()
    {
        _stock.Dispose();
        Directory.Delete(Path.Combine(_options.StockDirectory, "wal"), recursive: true);
        using StockSidecar sidecar = Start();
        using var late = new StockDirectoryWriter(_options.StockDirectory);
        late.Write(1, "key"u8.ToArray(), "value"u8.ToArray());

        await ReachedAsync(sidecar, 1);
    }

    private static async Task ReachedAsync(StockSidecar sidecar, ulong number)
    {
        Task reached = sidecar.Log.WaitForDurableAsync(new LogPosition(1, number), CancellationToken.None).AsTask();
        Task first = await Task.WhenAny(reached, sidecar.Completion).WaitAsync(RelayFixture.Patience);
        await first;
        Assert.True(reached.IsCompletedSuccessfully);
    }

    private static async Task ReceiveAsync(StockSidecar sidecar, List<List<(byte, byte[], byte[])>> received)
    {
        ulong last = sidecar.Log.Durable.Sequence;
        var relay = new RelayService(
            sidecar.Log, new RelayOptions { NodeId = "sidecar" }, TimeProvider.System, NullLogger.Instance);
        await using RelayHost host = await RelayHost.StartAsync(relay, new RelayHostOptions());
        using GrpcChannel channel = GrpcChannel.ForAddress(
            host.Uri, new GrpcChannelOptions { MaxReceiveMessageSize = ReplicationMethods.MaxMessageBytes });
        var client = new WALReplicationService.WALReplicationServiceClient(channel);
        var request = new WALStreamRequest { StartSequence = (ulong)received.Count, ListenerAddress = "replica:1" };
        using var stream = new RelayStream(client, client.StreamWAL(request));
        bool overlap = received.Count > 0;
        if (overlap)
        {
            // The first transaction is the last one held, sent again.
            received.RemoveAt(received.Count - 1);
        }

        bool ended = false;
        while (!ended)
        {
            WALStreamResponse message = await stream.NextAsync();
            foreach (WALEntry entry in message.Entries)
            {
                Add(received, entry);
            }

            FragmentType part = message.Entries[^1].FragmentType;
            ended = (ulong)received.Count == last && part is FragmentType.Full or FragmentType.Last;
        }
    }

    private static void Add(List<List<(byte, byte[], byte[])>> received, WALEntry entry)
    {
        Assert.Equal(EntryFault.None, WalEntry.TryParse(entry.Payload.Span, out WalEntry parsed));
        if (parsed.Sequence == (ulong)received.Count + 1)
        {
            received.Add([]);
        }

        Assert.Equal((ulong)received.Count, parsed.Sequence);
        received[^1].Add(((byte)parsed.Operation, parsed.Key.ToArray(), parsed.Value.ToArray()));
    }

    private StockSidecar Start() =>
        StockSidecar.Start(_options, LinuxFileSystem.Instance, TimeProvider.System, NullLogger.Instance);

    private void ChangeFiles(int phase)
    {
        switch (phase)
        {
            case 0 or 2 or 4:
                _stock.Rotate();
                break;
            case 1:
                _stock.Restart();
                break;
            case 3:
                _stock.Restart(newFile: true);
                break;
        }
    }

    private void WritePhase(Random random, int transactions)
    {
        for (int i = 0; i < transactions; i++)
        {
            if (i == transactions / 2)
            {
                _stock.Write(1, "large"u8.ToArray(), new byte[random.Next(1 << 20, 4 << 20)]);
            }
            else if (random.Next(8) == 0)
            {
                var batch = new (byte, byte[], byte[])[random.Next(1, random.Next(10) == 0 ? 1_000 : 100)];
                for (int j = 0; j < batch.Length; j++)
                {
                    batch[j] = SidecarFixture.Put($"b{j:D4}", new string('v', random.Next(100)));
                }

                _stock.WriteBatch(batch);
            }
            else
            {
                (byte _, byte[] key, byte[] value) = SidecarFixture.Put($"k{random.Next(1000)}", $"{i}");
                bool delete = random.Next(10) == 0;
                _stock.Write((byte)(delete ? 2 : 1), key, delete || random.Next(10) == 0 ? [] : value);
            }
        }
    }
}
