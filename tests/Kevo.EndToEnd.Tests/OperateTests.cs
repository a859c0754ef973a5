using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica;
using Kevo.Replica.Commands;
using Kevo.Replica.Demo;
using Kevo.Replica.Node;
using Kevo.Storage.Kevo;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>A replica as operators and clients meet it: asked, read, copied on, taken over.</summary>
public sealed class OperateTests
{
    private const int ReadsListening = 5010;
    private const int AdminListening = 5030;
    private const int RelayListening = 6002;

    [Fact]
    public async Task A_running_replica_serves_reads_and_tells_its_status()
    {
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary primary = await StartPrimaryAsync(directory);
        Write(primary, ("apple", "red"), ("banana", "yellow"), ("cherry", "dark"));
        await using ReplicaRun run = ReplicaRun.Start(Listening(primary, directory.Combine("replica")));
        string reads = await run.AddressAsync(ReadsListening);
        string admin = await run.AddressAsync(AdminListening);
        await UntilAcknowledgedAsync(primary);

        await using ReplicaRun get = await ReplicaRun.ToEndAsync(["get", "banana", "--server", reads]);
        Assert.Equal(["yellow"], get.Out);
        await using ReplicaRun absent = await ReplicaRun.ToEndAsync(["get", "durian", "--server", reads]);
        Assert.Equal(GetCommand.Absent, await absent.WaitForEndAsync());
        await using ReplicaRun scan = await ReplicaRun.ToEndAsync(["scan", "--server", reads, "--start", "b"]);
        Assert.Equal(["banana yellow", "cherry dark"], scan.Out);

        await using ReplicaRun health = await ReplicaRun.ToEndAsync(["health", "--admin", admin]);
        Assert.True(await health.WaitForEndAsync() == ExitCode.Ok, health.Said);
        await using ReplicaRun status = await ReplicaRun.ToEndAsync(["status", "--admin", admin, "--json"]);
        JsonElement document = JsonDocument.Parse(string.Join('\n', status.Out)).RootElement;
        Assert.True(document.GetProperty("readiness").GetProperty("ready").GetBoolean(), status.Said);
        await using ReplicaRun table = await ReplicaRun.ToEndAsync(["status", "--admin", admin]);
        Assert.Contains(
            table.Out, line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["durable", "1:3"]);
    }

    [Fact]
    public async Task Asking_a_replica_that_does_not_run_is_exit_code_4()
    {
        await using ReplicaRun health = await ReplicaRun.ToEndAsync(["health", "--admin", "127.0.0.1:1"]);
        Assert.Equal(ExitCode.Unreachable, await health.WaitForEndAsync());
        await using ReplicaRun get = await ReplicaRun.ToEndAsync(["get", "key", "--server", "127.0.0.1:1"]);
        Assert.Equal(ExitCode.Unreachable, await get.WaitForEndAsync());
    }

    [Fact]
    public async Task A_stopped_replica_is_read_and_promoted_and_imported_again()
    {
        using var directory = new TemporaryDirectory();
        string data = directory.Combine("replica");
        await FillReplicaAsync(directory, data);
        await using ReplicaRun scan = await ReplicaRun.ToEndAsync(["scan", "--data", data, "--prefix", "key-00"]);
        Assert.Equal(100, scan.Out.Count);

        string promoted = directory.Combine("kevo");
        await using ReplicaRun promote = await ReplicaRun.ToEndAsync(["promote", "--data", data, "--to", promoted]);
        Assert.True(await promote.WaitForEndAsync() == ExitCode.Ok, promote.Said);
        Assert.Contains("verified: 1000 keys read back with stock Kevo's own rules", promote.Out);
        StockDirectory kevo = StockDirectory.Open(
            LinuxFileSystem.Instance, promoted, StockPathPolicy.RequireInside);
        StockView view = StockView.Open(LinuxFileSystem.Instance, kevo, TestContext.Current.CancellationToken);
        Assert.Null(view.StartFailure);
        Assert.True(view.TryGet(Encoding.UTF8.GetBytes("key-0042"), out _));

        string again = directory.Combine("again");
        await using ReplicaRun import =
            await ReplicaRun.ToEndAsync(["import", "--kevo-dir", promoted, "--data", again]);
        Assert.True(await import.WaitForEndAsync() == ExitCode.Ok, import.Said);
        await using ReplicaRun both = await ReplicaRun.ToEndAsync(["scan", "--data", again, "--prefix", "key-00"]);
        Assert.Equal(scan.Out, both.Out);
    }

    [Fact]
    public async Task Promotion_refuses_a_directory_that_holds_something_and_a_replica_that_runs()
    {
        using var directory = new TemporaryDirectory();
        string data = directory.Combine("replica");
        await FillReplicaAsync(directory, data);
        Directory.CreateDirectory(directory.Combine("full"));
        await File.WriteAllTextAsync(directory.Combine("full", "file"), "x", TestContext.Current.CancellationToken);
        await using ReplicaRun full = await ReplicaRun.ToEndAsync(
            ["promote", "--data", data, "--to", directory.Combine("full")]);
        Assert.Equal(ExitCode.Usage, await full.WaitForEndAsync());

        await using ReplicaRun holder = ReplicaRun.Start([.. RunWords.Quiet(data), "--primary", "127.0.0.1:1"]);
        await holder.WaitForEventAsync(NodeLog.StartedEvent);
        await using ReplicaRun busy = await ReplicaRun.ToEndAsync(
            ["promote", "--data", data, "--to", directory.Combine("other")]);
        Assert.Equal(ExitCode.Storage, await busy.WaitForEndAsync());
        Assert.Contains(busy.Error, line => line.Contains("in use", StringComparison.Ordinal));
        Assert.False(Directory.Exists(directory.Combine("other")));
        Assert.Equal(ExitCode.Ok, await holder.StopAsync());

        await using ReplicaRun free = await ReplicaRun.ToEndAsync(
            ["promote", "--data", data, "--to", directory.Combine("other")]);
        Assert.True(await free.WaitForEndAsync() == ExitCode.Ok, free.Said);
    }

    [Fact]
    public async Task A_node_that_never_received_anything_is_not_promoted()
    {
        using var directory = new TemporaryDirectory();
        string data = directory.Combine("replica");
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(RunWords.FollowBriefly("127.0.0.1:1", data));
        Assert.Equal(ExitCode.Unreachable, await run.WaitForEndAsync());
        await using ReplicaRun promote = await ReplicaRun.ToEndAsync(
            ["promote", "--data", data, "--to", directory.Combine("kevo")]);
        Assert.Equal(ExitCode.Storage, await promote.WaitForEndAsync());
        Assert.Contains(promote.Error, line => line.Contains("nothing to promote", StringComparison.Ordinal));
        Assert.False(Directory.Exists(directory.Combine("kevo")));
    }

    [Fact]
    public async Task An_empty_key_and_a_directory_without_a_log_are_named_as_such()
    {
        using var directory = new TemporaryDirectory();
        await using ReplicaRun get = await ReplicaRun.ToEndAsync(["get", "", "--data", directory.Path]);
        Assert.Equal(ExitCode.Usage, await get.WaitForEndAsync());
        Assert.Contains(get.Error, line => line.Contains("KEY is empty", StringComparison.Ordinal));
        await using ReplicaRun verify = await ReplicaRun.ToEndAsync(["wal", "verify", directory.Path]);
        Assert.Equal(ExitCode.Storage, await verify.WaitForEndAsync());
        Assert.Contains(verify.Error, line => line.Contains("holds no log", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_replica_of_a_replica_holds_the_same_history()
    {
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary primary = await StartPrimaryAsync(directory);
        Write(primary, ("a", "1"), ("b", "2"));
        await using ReplicaRun first = ReplicaRun.Start(
            [.. RunWords.Follow(primary, directory.Combine("first")), "--relay-listen", "127.0.0.1:0"]);
        string address = await first.AddressAsync(RelayListening);
        await using ReplicaRun second = ReplicaRun.Start(
        [
            .. Reading(directory.Combine("second")), "--primary", address,
        ]);
        string reads = await second.AddressAsync(ReadsListening);
        Write(primary, ("c", "3"));
        await UntilReadAsync(reads, ["a 1", "b 2", "c 3"]);
    }

    [Fact]
    public async Task A_sidecar_serves_what_is_written_into_a_stock_directory()
    {
        using var directory = new TemporaryDirectory();
        string stock = directory.Combine("kevo");
        using var writer = new StockDirectoryWriter(stock);
        writer.Write((byte)Operation.Put, "before"u8.ToArray(), "1"u8.ToArray());
        await using ReplicaRun relay = ReplicaRun.Start(
        [
            "relay", "--admin", "off",
            "--kevo-dir", stock, "--data", directory.Combine("relay"), "--relay-listen", "127.0.0.1:0",
            "--log-format", "json",
        ]);
        string address = await relay.AddressAsync(RelayListening);
        await using ReplicaRun replica = ReplicaRun.Start(
        [
            .. Reading(directory.Combine("replica")), "--primary", address,
        ]);
        string reads = await replica.AddressAsync(ReadsListening);
        writer.Write((byte)Operation.Put, "then"u8.ToArray(), "2"u8.ToArray());
        writer.Rotate();
        writer.Write((byte)Operation.Delete, "before"u8.ToArray(), []);
        await UntilReadAsync(reads, ["then 2"]);
    }

    private static Task<RelayDemoPrimary> StartPrimaryAsync(TemporaryDirectory directory) =>
        RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);

    private static IEnumerable<string> Listening(IDemoPrimary primary, string data) =>
        [.. Reading(data), .. primary.ReplicaFlags];

    private static IEnumerable<string> Reading(string data) =>
    [
        "run", "--data", data, "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-format", "json",
        "--retry-base-delay", "5ms", "--retry-max-delay", "200ms",
    ];

    private static void Write(IDemoPrimary primary, params (string Key, string Value)[] pairs)
    {
        foreach ((string key, string value) in pairs)
        {
            primary.Write(
                [new DemoOperation(Operation.Put, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value))]);
        }

        primary.Flush();
    }

    private static async Task FillReplicaAsync(TemporaryDirectory directory, string data)
    {
        await using RelayDemoPrimary primary = await StartPrimaryAsync(directory);
        Write(primary, [.. Enumerable.Range(0, 1000).Select(i => ($"key-{i:D4}", $"value-{i}"))]);
        await using ReplicaRun run = ReplicaRun.Start(RunWords.Follow(primary, data));
        await UntilAcknowledgedAsync(primary);
        Assert.Equal(ExitCode.Ok, await run.StopAsync());
    }

    // Every look asks another process, so the loop waits for events of the system, not for time.
    private static async Task UntilReadAsync(string reads, string[] wanted)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            await using ReplicaRun scan = await ReplicaRun.ToEndAsync(["scan", "--server", reads]);
            if (scan.Out.SequenceEqual(wanted))
            {
                return;
            }
        }
    }

    private static async Task UntilAcknowledgedAsync(IDemoPrimary primary)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (primary.Acknowledged < primary.LastSequence)
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
