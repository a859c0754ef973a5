using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica;
using Kevo.Replica.Demo;
using Kevo.Replica.Supervision;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>What a service manager hears, and what SIGHUP does.</summary>
public sealed class SupervisionTests
{
    private const int AdminListening = 5030;

    [Fact]
    public async Task A_service_manager_hears_when_the_node_is_ready_alive_reloading_and_stopping()
    {
        using var directory = new TemporaryDirectory();
        string address = directory.Combine("notify");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(address));
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        await using ReplicaRun run = ReplicaRun.Start(
            RunWords.Follow(primary, directory.Combine("replica")),
            ("NOTIFY_SOCKET", address), ("WATCHDOG_USEC", "600000"));
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);

        Assert.Equal("STATUS=recovering", await ReceiveAsync(socket, limit.Token));
        Assert.StartsWith("READY=1\nSTATUS=", await ReceiveAsync(socket, limit.Token), StringComparison.Ordinal);
        for (int beats = 0; beats < 3; beats++)
        {
            Assert.StartsWith("WATCHDOG=1\nSTATUS=", await ReceiveAsync(socket, limit.Token), StringComparison.Ordinal);
        }

        ProcessSignal.RequestReload(run.Id);
        await UntilAsync(
            socket, message => message.StartsWith("RELOADING=1\nMONOTONIC_USEC=", StringComparison.Ordinal));
        await UntilAsync(socket, message => message.StartsWith("READY=1", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Ok, await run.StopAsync());
        await UntilAsync(socket, message => message.StartsWith("STOPPING=1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_reload_changes_what_it_can_names_what_it_cannot_and_survives_a_broken_file()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("kevo-replica.json");
        await WriteAsync(file, """{ "ready-lag": "10s", "log-level": "information" }""");
        await using ReplicaRun run = ReplicaRun.Start(
        [
            "run", "--data", directory.Combine("replica"), "--primary", "127.0.0.1:1", "--listen", "off",
            "--admin", "127.0.0.1:0", "--log-format", "json", "--config", file,
            "--retry-base-delay", "1h", "--retry-max-delay", "1h",
        ]);
        string admin = await run.AddressAsync(AdminListening);
        await run.WaitForEventAsync(6000);

        await WriteAsync(file, """{ "ready-lag": "3s", "log-level": "debug", "segment-size": "1MiB" }""");
        ProcessSignal.RequestReload(run.Id);
        await run.WaitForEventAsync(SupervisionLog.ReloadedEvent, record => Settings(record) == 2);
        JsonElement kept = await run.WaitForEventAsync(SupervisionLog.NeedsRestartEvent);
        Assert.Equal("segment-size", kept.GetProperty("data").GetProperty("Setting").GetString());
        await using ReplicaRun status = await ReplicaRun.ToEndAsync(["status", "--admin", admin, "--json"]);
        Assert.Contains("\"3s\"", status.Said, StringComparison.Ordinal);

        await WriteAsync(file, """{ "redy-lag": "3s" }""");
        ProcessSignal.RequestReload(run.Id);
        JsonElement broken = await run.WaitForEventAsync(SupervisionLog.UnusableEvent);
        Assert.Contains(
            "did you mean \"ready-lag\"?", broken.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Ok, await run.StopAsync());
    }

    private static int Settings(JsonElement record) =>
        record.GetProperty("data").GetProperty("Settings").GetInt32();

    private static Task WriteAsync(string file, string content) =>
        File.WriteAllTextAsync(file, content, TestContext.Current.CancellationToken);

    private static async Task UntilAsync(Socket socket, Func<string, bool> wanted)
    {
        // One limit for all: the watchdog is fed for ever.
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (!wanted(await ReceiveAsync(socket, limit.Token)))
        {
        }
    }

    private static async Task<string> ReceiveAsync(Socket socket, CancellationToken limit)
    {
        byte[] buffer = new byte[4096];
        int length = await socket.ReceiveAsync(buffer, SocketFlags.None, limit);
        return Encoding.UTF8.GetString(buffer, 0, length);
    }
}
