using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>What a relay remembers over its restart.</summary>
public sealed class RelayRestartTests
{
    private const int Writes = 600;

    [Fact]
    public async Task A_relay_remembers_its_replicas_over_a_restart_and_keeps_what_an_absent_one_needs()
    {
        using var directory = new TemporaryDirectory();
        using var stock = new StockDirectoryWriter(directory.Combine("kevo"));
        await using ReplicaRun relay = StartRelay(directory, "127.0.0.1:0");
        string address = await relay.AddressAsync(Events.RelayListening);
        await using ReplicaRun replica = StartReplica(directory, address);
        Write(stock, 0);
        await UntilReadAsync(replica, Writes - 1);
        Assert.Equal(ExitCode.Ok, await replica.StopAsync());
        Assert.Equal(ExitCode.Ok, await relay.StopAsync());

        // The next life knows the replica from the file alone: it is away, and needs what comes now.
        await using ReplicaRun again = StartRelay(directory, address);
        JsonElement remembered = await again.WaitForEventAsync(Events.ReplicasRemembered);
        Assert.Equal(1, remembered.GetProperty("data").GetProperty("Count").GetInt32());
        Write(stock, Writes);
        string log = directory.Combine("sidecar", "log");
        string oldest = Segments(log)[0];

        // The first segment goes as soon as the relay has looked for what may go; what the replica needs stays.
        using var watcher = new FileSystemWatcher(log) { EnableRaisingEvents = true };
        var deleted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        watcher.Deleted += (_, change) => Complete(change.FullPath == oldest);
        watcher.Renamed += (_, change) => Complete(change.OldFullPath == oldest);
        Complete(!File.Exists(oldest));
        await deleted.Task.WaitAsync(ReplicaRun.Patience);
        Assert.NotEmpty(Segments(log));
        await using ReplicaRun back = StartReplica(directory, address);
        await UntilReadAsync(back, (2 * Writes) - 1);
        Assert.Equal(ExitCode.Ok, await back.StopAsync());

        void Complete(bool gone)
        {
            if (gone)
            {
                deleted.TrySetResult();
            }
        }
    }

    private static void Write(StockDirectoryWriter stock, int first)
    {
        for (int i = first; i < first + Writes; i++)
        {
            stock.Write((byte)Operation.Put, Key(i), new byte[1_000]);
        }
    }

    private static byte[] Key(int number) => Encoding.UTF8.GetBytes($"key{number:D6}");

    private static string[] Segments(string log) => [.. Directory.GetFiles(log, "*.seg").Order()];

    private static ReplicaRun StartRelay(TemporaryDirectory directory, string address) => ReplicaRun.Start(
    [
        "relay", "--kevo-dir", directory.Combine("kevo"), "--data", directory.Combine("sidecar"), "--relay-listen",
        address, "--log-format", "json", "--segment-size", "64KiB", "--log-retention", "0",
    ]);

    private static ReplicaRun StartReplica(TemporaryDirectory directory, string address) => ReplicaRun.Start(
    [
        "run", "--data", directory.Combine("replica"), "--primary", address, "--listen", "127.0.0.1:0", "--admin",
        "off", "--log-format", "json", "--retry-base-delay", "5ms", "--retry-max-delay", "200ms",
    ]);

    // Every look asks another process, so the loop waits for events of the system, not for time.
    private static async Task UntilReadAsync(ReplicaRun replica, int last)
    {
        string reads = await replica.AddressAsync(Events.ReadsListening);
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (true)
        {
            await using ReplicaRun get = await ReplicaRun.ToEndAsync(
                ["get", Encoding.UTF8.GetString(Key(last)), "--server", reads]);
            if (await get.WaitForEndAsync() == ExitCode.Ok)
            {
                return;
            }

            Assert.False(limit.IsCancellationRequested, replica.Said);
        }
    }
}
