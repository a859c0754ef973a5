using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica;
using Kevo.Replica.Demo;
using Kevo.Replica.Supervision;
using Kevo.Testing;
using Kevo.Testing.Network;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>Replicas of replicas, loops of them, and a relay whose history is another one.</summary>
public sealed class RelayChainTests
{
    [Fact]
    public async Task A_chain_of_replicas_holds_the_same_history_whichever_of_them_is_killed_and_a_loop_is_refused()
    {
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary primary = await StartPrimaryAsync(directory, "primary");
        string[] relays = [.. Enumerable.Range(0, 3).Select(_ => $"127.0.0.1:{FreePort()}")];
        string reads = $"127.0.0.1:{FreePort()}";
        List<ReplicaRun> chain = [];
        try
        {
            for (int i = 0; i < 3; i++)
            {
                chain.Add(Start(directory, i, i == 0 ? primary.ReplicaFlags[1] : relays[i - 1], relays[i], reads));
            }

            Write(primary, ("a", "1"), ("b", "1"));
            await UntilReadAsync(reads, ["a 1", "b 1"], chain);
            await chain[1].KillAsync();
            Write(primary, ("c", "1"));
            chain[1] = Start(directory, 1, relays[0], relays[1], reads);
            await UntilReadAsync(reads, ["a 1", "b 1", "c 1"], chain);

            // The first now follows the last, which follows it. Whoever asks last is refused, the first or the one that
            // lost it. Other failures may come before: the chain has just lost its head.
            await chain[0].KillAsync();
            chain[0] = Start(directory, 0, relays[2], relays[0], reads);
            await await Task.WhenAny(chain.Select(static run => run.WaitForEventAsync(
                Events.RetryLater,
                refused => refused.GetProperty("message").GetString()!.Contains("loop", StringComparison.Ordinal))));
            await UntilReadAsync(reads, ["a 1", "b 1", "c 1"], chain);
        }
        finally
        {
            foreach (ReplicaRun run in chain)
            {
                await run.DisposeAsync();
            }
        }
    }

    [Theory]
    [InlineData("stop")]
    [InlineData("resync")]
    public async Task A_relay_with_another_history_is_named_and_the_rule_decides(string rule)
    {
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary first = await StartPrimaryAsync(directory, "first");
        await using RelayDemoPrimary second = await StartPrimaryAsync(directory, "second");
        Write(first, ("a", "1"), ("b", "1"), ("c", "1"));
        Write(second, ("b", "2"), ("x", "2"));
        await using var proxy = new FaultyProxy(IPEndPoint.Parse(first.ReplicaFlags[1]));
        string reads = $"127.0.0.1:{FreePort()}";
        string data = directory.Combine("replica");
        string admin = $"127.0.0.1:{FreePort()}";
        string settings = directory.Combine("kevo-replica.json");
        await WriteSettingAsync(settings, "10s");
        await using ReplicaRun run = ReplicaRun.Start(
        [
            "run", "--data", data, "--primary", proxy.Address.ToString(), "--listen", reads, "--admin", admin,
            "--config", settings, "--failure-linger", "0s",
            "--log-format", "json", "--retry-base-delay", "5ms", "--retry-max-delay", "200ms",
            "--on-divergence", rule,
        ]);
        await UntilReadAsync(reads, ["a 1", "b 1", "c 1"], [run]);
        await WriteSettingAsync(settings, "3s");
        ProcessSignal.RequestReload(run.Id);
        await run.WaitForEventAsync(SupervisionLog.ReloadedEvent);
        proxy.Target = IPEndPoint.Parse(second.ReplicaFlags[1]);
        proxy.Cut();
        if (rule == "stop")
        {
            Assert.Equal(ExitCode.HistoryLost, await run.WaitForEndAsync());
            Assert.Equal(["a 1", "b 1", "c 1"], await ScanAsync("--data", data));
            return;
        }

        await run.WaitForEventAsync(Events.HistoryReplaced);
        await UntilReadAsync(reads, ["b 2", "x 2"], [run]);
        Write(second, ("y", "2"));
        await UntilReadAsync(reads, ["b 2", "x 2", "y 2"], [run]);

        // The node was opened again with what had been reloaded.
        await using (ReplicaRun status = await ReplicaRun.ToEndAsync(["status", "--admin", admin, "--json"]))
        {
            Assert.Contains("\"name\":\"ready-lag\",\"value\":\"3s\"", status.Said, StringComparison.Ordinal);
        }

        Assert.Equal(ExitCode.Ok, await run.StopAsync());
        await using ReplicaRun aside =
            await ReplicaRun.ToEndAsync(["wal", "dump", Path.Combine(data, "set-aside", "diverged-1-3", "log")]);
        Assert.Equal(3, aside.Out.Count);
    }

    private static Task WriteSettingAsync(string file, string lag) => File.WriteAllTextAsync(
        file, $"{{ \"ready-lag\": \"{lag}\" }}", TestContext.Current.CancellationToken);

    private static Task<RelayDemoPrimary> StartPrimaryAsync(TemporaryDirectory directory, string name) =>
        RelayDemoPrimary.StartAsync(
            directory.Combine(name), TimeProvider.System, TestContext.Current.CancellationToken);

    private static ReplicaRun Start(
        TemporaryDirectory directory, int number, string primary, string relay, string reads) => ReplicaRun.Start(
    [
        "run", "--data", directory.Combine($"{number}"), "--primary", primary, "--relay-listen", relay, "--admin",
        "off", "--listen", number == 2 ? reads : "off", "--log-format", "json", "--retry-base-delay", "5ms",
        "--retry-max-delay", "200ms",
    ]);

    private static void Write(RelayDemoPrimary primary, params (string Key, string Value)[] puts)
    {
        foreach ((string key, string value) in puts)
        {
            primary.Write(
                [new DemoOperation(Operation.Put, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value))]);
        }

        primary.Flush();
    }

    // Every look asks another process, so the loop waits for events of the system, not for time.
    private static async Task UntilReadAsync(string reads, string[] wanted, IReadOnlyList<ReplicaRun> runs)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (true)
        {
            IReadOnlyList<string> rows = await ScanAsync("--server", reads);
            if (rows.SequenceEqual(wanted))
            {
                return;
            }

            Assert.False(
                limit.IsCancellationRequested,
                $"{string.Join(' ', rows)}\n{string.Join('\n', runs.Select(run => run.Said))}");
        }
    }

    private static async Task<IReadOnlyList<string>> ScanAsync(params string[] where)
    {
        await using ReplicaRun scan = await ReplicaRun.ToEndAsync(["scan", .. where]);
        return scan.Out;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
