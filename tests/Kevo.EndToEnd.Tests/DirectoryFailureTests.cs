using System.Text.Json;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Replica.Commands;
using Kevo.Replica.Node;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>
/// A data directory that cannot be used at the start: status, readiness, metrics and log name the same reason for as
/// long as the process lives, and then comes the exit code.
/// </summary>
public sealed class DirectoryFailureTests : IDisposable
{
    private const int CannotStart = 6005;
    private const int ProcessEnds = 6006;

    private readonly TemporaryDirectory _directory = new();
    private MountedDisk? _disk;

    /// <inheritdoc/>
    public void Dispose()
    {
        _disk?.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("directory-in-use")]
    [InlineData("disk-read-only")]
    [InlineData("disk-full")]
    [InlineData("disk-corrupt")]
    [InlineData("format-unknown")]
    public async Task The_same_reason_is_found_wherever_an_operator_looks(string reason)
    {
        string data = await BreakAsync(reason);
        string[] quiet = ["run", "--data", data, "--primary", "127.0.0.1:1", "--listen", "off", "--log-format", "json"];
        await using ReplicaRun? holder = reason == "directory-in-use"
            ? ReplicaRun.Start([.. quiet, "--admin", "off"]) : null;
        if (holder is not null)
        {
            await holder.WaitForEventAsync(NodeLog.StartedEvent);
        }

        await using ReplicaRun run = ReplicaRun.Start([.. quiet, "--admin", "127.0.0.1:0"]);
        string admin = await run.AddressAsync(Events.AdminListening);
        JsonElement told = (await run.WaitForEventAsync(CannotStart)).GetProperty("data");
        Assert.Equal(reason, told.GetProperty("Reason").GetString());
        Assert.Equal(ExitCode.Storage, told.GetProperty("ExitCode").GetInt32());
        string message = told.GetProperty("Message").GetString()!;

        using var view = new AdminView(admin);
        Assert.Equal($"storage: {message}\n", await view.GetAsync("/livez"));
        Assert.Contains($"failed ({reason})", await view.GetAsync("/readyz"), StringComparison.Ordinal);
        JsonElement replica = (await view.GetJsonAsync("/status")).GetProperty("replica");
        Assert.Equal("ERROR", replica.GetProperty("state").GetString());
        Assert.Equal(reason, replica.GetProperty("trouble").GetProperty("reason").GetString());
        Assert.Equal(message, replica.GetProperty("trouble").GetProperty("message").GetString());
        string metrics = await view.GetAsync("/metrics");
        Assert.Contains($"\nkevo_replica_trouble{{reason=\"{reason}\"}} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nkevo_replica_failed 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nkevo_replica_ready 0\n", metrics, StringComparison.Ordinal);
        await using ReplicaRun health = await ReplicaRun.ToEndAsync(["health", "--admin", admin]);
        Assert.Equal(HealthCommand.NotReady, await health.WaitForEndAsync());
        await using ReplicaRun status = await ReplicaRun.ToEndAsync(["status", "--admin", admin]);
        Assert.Contains(status.Out, line =>
            line.StartsWith("trouble", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));
        Assert.Equal(ExitCode.Storage, await run.StopAsync());
    }

    [Fact]
    public async Task Without_an_endpoint_the_process_ends_at_once_and_the_log_has_the_reason()
    {
        string data = await BreakAsync("format-unknown");
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(RunWords.FollowBriefly("127.0.0.1:1", data));
        Assert.Equal(ExitCode.Storage, await run.WaitForEndAsync());
        JsonElement told = (await run.WaitForEventAsync(ProcessEnds)).GetProperty("data");
        Assert.Equal("format-unknown", told.GetProperty("Reason").GetString());
        Assert.Equal(ExitCode.Storage, told.GetProperty("ExitCode").GetInt32());
    }

    private async Task<string> BreakAsync(string reason)
    {
        string data = _directory.Combine("replica");
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        switch (reason)
        {
            case "disk-read-only" or "disk-full":
                _disk = MountedDisk.MountOrSkip(_directory.Combine("disk"), "1m");
                if (reason == "disk-full")
                {
                    await File.WriteAllBytesAsync(Path.Combine(_disk.Path, "filler"), new byte[1 << 20], cancellation);
                }
                else
                {
                    _disk.MakeReadOnly();
                }

                return Path.Combine(_disk.Path, "replica");
            case "disk-corrupt":
                using (var writer = new StockDirectoryWriter(_directory.Combine("kevo")))
                {
                    writer.Write((byte)Operation.Put, "a"u8.ToArray(), "1"u8.ToArray());
                }

                await using (ReplicaRun import = await ReplicaRun.ToEndAsync(
                    ["import", "--kevo-dir", _directory.Combine("kevo"), "--data", data]))
                {
                    Assert.True(await import.WaitForEndAsync() == ExitCode.Ok, import.Said);
                }

                await File.WriteAllBytesAsync(Path.Combine(data, "CHECKPOINT"), new byte[64], cancellation);
                return data;
            case "format-unknown":
                Directory.CreateDirectory(data);
                await File.WriteAllTextAsync(
                    Path.Combine(data, NodeFile.Name), """{ "format": 99, "node": "a" }""", cancellation);
                return data;
            default:
                return data;
        }
    }
}
