using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests.Stock;

/// <summary>A new cluster: a primary without a single entry, and replicas that are ready for its first.</summary>
public sealed class EmptyPrimaryTests
{
    [Fact]
    public async Task Behind_a_sidecar_of_an_empty_directory_a_replica_is_ready_and_gets_the_first_entry()
    {
        using TemporaryDirectory directory = new();
        using StockDirectoryWriter stock = new(directory.Combine("kevo"));
        await using ReplicaRun relay = ReplicaRun.Start(
        [
            "relay", "--kevo-dir", directory.Combine("kevo"), "--data", directory.Combine("sidecar"),
            "--relay-listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-format", "json",
        ]);
        using var relayView = new AdminView(await relay.AddressAsync(Events.AdminListening));
        await relayView.UntilAsync(report => report.GetProperty("ready").GetBoolean());
        await using ReplicaRun replica = ReplicaRun.Start(
        [
            "run", "--primary", await relay.AddressAsync(Events.RelayListening),
            "--data", directory.Combine("replica"), "--listen", "off", "--admin", "127.0.0.1:0", "--log-format", "json",
        ]);
        using var view = new AdminView(await replica.AddressAsync(Events.AdminListening));
        await view.UntilAsync(report => report.GetProperty("ready").GetBoolean());
        Assert.Equal("0:0", await DurableAsync(view));

        stock.Write((byte)Operation.Put, "a"u8.ToArray(), "1"u8.ToArray());
        await view.UntilAsync(report => report.GetProperty("checks").EnumerateArray().Any(check =>
            check.GetProperty("detail").GetString() == "durable at 1:1"));
        await view.UntilAsync(report => report.GetProperty("ready").GetBoolean());
        Assert.Equal(ExitCode.Ok, await replica.StopAsync());
        Assert.Equal(ExitCode.Ok, await relay.StopAsync());
    }

    [Fact]
    public async Task Listening_to_an_empty_primary_a_replica_is_ready_and_gets_the_first_entry()
    {
        await using StockWorld world = await StockWorld.StartAsync();
        await world.FollowAsync();
        await world.UntilReadyAsync();
        Assert.Empty(await world.ReplicaRowsAsync());
        world.Put("a", "1");
        await world.UntilEqualAsync();
        await world.UntilReadyAsync();
    }

    private static async Task<string?> DurableAsync(AdminView view) =>
        (await view.GetJsonAsync("/status")).GetProperty("replica").GetProperty("positions").GetProperty("durable")
        .GetString();
}
