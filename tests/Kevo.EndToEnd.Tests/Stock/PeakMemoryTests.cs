using System.Globalization;
using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Opponents;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica.Demo;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>
/// The most memory the real process ever has resident, while far more than that goes through it. The cap is what the
/// settings allow (store and receive queue) and room for the runtime.
/// </summary>
public sealed class PeakMemoryTests
{
    private const long MiB = 1 << 20;
    private const long Cap = (StoreMiB + QueueMiB + RuntimeMiB) * MiB;
    private const int StoreMiB = 32;
    private const int QueueMiB = 16;
    private const int RuntimeMiB = 152;

    private static readonly string[] Small =
    [
        "--memory-limit", $"{StoreMiB}MiB", "--segment-size", "4MiB", "--log-retention", "0", "--log-format", "json",
    ];

    [Fact]
    public async Task An_endless_stream_stays_below_the_cap()
    {
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        await using ReplicaRun run = Follow(directory, primary.ReplicaFlags[1]);
        byte[] value = new byte[64 << 10];
        new Random(1).NextBytes(value);
        for (int i = 0; i < 400 * MiB / value.Length; i++)
        {
            primary.Write([new DemoOperation(Operation.Put, Encoding.UTF8.GetBytes($"key{i % 500:D4}"), value)]);
            if (i % 50 == 0)
            {
                primary.Flush();
            }
        }

        primary.Flush();
        await UntilAsync(() => Task.FromResult(primary.Acknowledged == primary.LastSequence), run);
        AssertBelowCap(run);
    }

    [Fact]
    public async Task A_huge_snapshot_stays_below_the_cap()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        byte[] value = new byte[2_000];
        new Random(1).NextBytes(value);
        world.Primary.Run(model =>
        {
            for (int i = 0; i < 100_000; i++)
            {
                model.Put(Encoding.UTF8.GetBytes($"key{i:D8}"), value);
            }
        });
        await world.FollowAsync([.. Small[..^2], "--receive-queue-size", $"{QueueMiB}MiB"]);
        await world.UntilReadyAsync();
        AssertBelowCap(world.Replica);
    }

    [Fact]
    public async Task A_huge_transaction_stays_below_the_cap_in_sidecar_and_replica()
    {
        using var directory = new TemporaryDirectory();
        using var stock = new StockDirectoryWriter(directory.Combine("kevo"));
        await using ReplicaRun sidecar = Sidecar(directory);
        await using ReplicaRun run = Follow(directory, await sidecar.AddressAsync(Events.RelayListening));
        byte[] value = new byte[32_000];
        new Random(1).NextBytes(value);
        stock.WriteBatch([.. Enumerable.Range(0, 1_000)
            .Select(i => ((byte)Operation.Put, Encoding.UTF8.GetBytes($"key{i:D4}"), value))]);
        stock.Write((byte)Operation.Put, "end"u8.ToArray(), []);
        await UntilDurableAsync(2, run);
        AssertBelowCap(sidecar);
        AssertBelowCap(run);
    }

    [Fact]
    public async Task Values_beyond_every_limit_stay_below_the_cap_in_the_sidecar_and_are_left_out()
    {
        using var directory = new TemporaryDirectory();
        using var stock = new StockDirectoryWriter(directory.Combine("kevo"));
        await using ReplicaRun sidecar = Sidecar(directory);
        await using ReplicaRun run = Follow(directory, await sidecar.AddressAsync(Events.RelayListening));
        stock.Write((byte)Operation.Put, "before"u8.ToArray(), []);
        for (int i = 0; i < 4; i++)
        {
            stock.Write((byte)Operation.Put, Encoding.UTF8.GetBytes($"oversized{i}"), new byte[64 * MiB]);
        }

        stock.Write((byte)Operation.Put, "after"u8.ToArray(), []);
        await UntilDurableAsync(2, run);
        AssertBelowCap(sidecar);
        AssertBelowCap(run);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_message_that_never_ends_stays_below_the_cap(bool beyond)
    {
        using var directory = new TemporaryDirectory();
        await using EndlessMessageServer server = await EndlessMessageServer.StartAsync(beyond);
        await using ReplicaRun run = Follow(directory, server.Address, "--silence-limit", "1s", "--follow", "tick");
        await UntilAsync(() => Task.FromResult(server.Streams > 5), run);
        AssertBelowCap(run);
    }

    private static void AssertBelowCap(ReplicaRun run)
    {
        long peak = run.PeakResidentBytes;
        TestContext.Current.TestOutputHelper?.WriteLine($"peak {peak / MiB} MiB, cap {Cap / MiB} MiB");
        Assert.True(peak < Cap, $"peak {peak / MiB} MiB, cap {Cap / MiB} MiB\n{run.Said}");
    }

    private static ReplicaRun Follow(TemporaryDirectory directory, string primary, params string[] more) =>
        ReplicaRun.Start(
        [
            "run", "--data", directory.Combine("replica"), "--primary", primary, "--listen", "off", "--admin",
            "127.0.0.1:0",
            "--receive-queue-size", $"{QueueMiB}MiB", "--retry-base-delay", "5ms", "--retry-max-delay", "50ms",
            .. Small, .. more,
        ]);

    private static ReplicaRun Sidecar(TemporaryDirectory directory) => ReplicaRun.Start(
    [
        "relay", "--admin", "off",
        "--kevo-dir", directory.Combine("kevo"), "--data", directory.Combine("sidecar"), "--relay-listen",
        "127.0.0.1:0", .. Small,
    ]);

    private static async Task UntilDurableAsync(ulong sequence, ReplicaRun run)
    {
        string admin = await run.AddressAsync(Events.AdminListening);
        using var http = new HttpClient();
        await UntilAsync(
            async () =>
            {
                string status = await http.GetStringAsync(new Uri($"http://{admin}/status"));
                string visible = JsonDocument.Parse(status).RootElement.GetProperty("visible").GetString()!;
                return ulong.Parse(visible.AsSpan(visible.IndexOf(':') + 1), CultureInfo.InvariantCulture) >= sequence;
            },
            run);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, ReplicaRun run)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (!await holds())
        {
            Assert.False(limit.IsCancellationRequested, run.Said);
            await beat.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}
