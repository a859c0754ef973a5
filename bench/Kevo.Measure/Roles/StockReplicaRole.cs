using System.Diagnostics;
using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// A replica that catches up with a stock primary or a relay into a fresh store, until the last sequence is visible or
/// the time is over. Says <c>ready</c>, and begins when it is told the port; says its milestones, <c>entries</c> and
/// <c>seconds</c>, counted from its beginning: before it dials.
/// </summary>
public static class StockReplicaRole
{
    /// <summary>Arguments: mode, client port, directory, last sequence, limit in seconds.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        ulong last = ulong.Parse(arguments[3], CultureInfo.InvariantCulture);
        TimeSpan limit = TimeSpan.FromSeconds(double.Parse(arguments[4], CultureInfo.InvariantCulture));
        using ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = arguments[2] }, LinuxFileSystem.Instance);
        using var worker = new StoreWorker(store);
        RoleOutput.Say("ready", "1");
        string? port = await RoleInput.ReadLineAsync();
        long started = Stopwatch.GetTimestamp();
        var options = new ReplicaOptions
        {
            PrimaryAddress = $"127.0.0.1:{port}",
            NodeId = "measure-replica",
            Follow = Enum.Parse<FollowMode>(arguments[0], ignoreCase: true),
        };
        var milestones = new CatchupMilestones(started);
        var services = new ReplicaServices
        {
            Observer = milestones,
            Reader = new GrpcPrimaryReader(
                options.Connector with { Address = $"127.0.0.1:{arguments[1]}" }, LinuxFileSystem.Instance,
                TimeProvider.System),
        };
        var connector = new GrpcPrimaryConnector(options.Connector, LinuxFileSystem.Instance, TimeProvider.System);
        await using var replica = new Replica(options, connector, store, services);
        replica.Start();
        using var end = new CancellationTokenSource(limit);
        Task reached = store.WaitForVisibleAsync(new LogPosition(1, last), end.Token).AsTask();
        Task first = await Task.WhenAny(reached, replica.Completion);
        if (first == replica.Completion)
        {
            await replica.Completion;
        }

        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        RoleOutput.Say("opened_ms", milestones.OpenedAt);
        RoleOutput.Say("first_durable_ms", milestones.FirstDurableAt);
        RoleOutput.Say("applying_ms", milestones.Applying);
        RoleOutput.Say("syncing_ms", milestones.Syncing);
        RoleOutput.Say("batches", milestones.Batches);
        RoleOutput.Say("entries", store.Visible.Sequence);
        RoleOutput.Say("seconds", seconds);
        await replica.StopAsync();
        return 0;
    }
}
