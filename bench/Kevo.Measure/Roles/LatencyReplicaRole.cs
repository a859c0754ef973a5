using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// A replica that notes for each entry how long after its put it could be read here. Says <c>ready 1</c> when it
/// follows; told a last sequence, it waits for it and says <c>entries</c>, <c>p50_us</c>, <c>p99_us</c>, <c>max_us</c>,
/// <c>batches</c>, and begins anew.
/// </summary>
public static class LatencyReplicaRole
{
    /// <summary>Arguments: port, directory.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        using ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = arguments[1] }, LinuxFileSystem.Instance);
        using var worker = new StoreWorker(store);
        store.BeginEpoch(new LogPosition(1, 0));
        var options = new ReplicaOptions
        {
            PrimaryAddress = $"127.0.0.1:{arguments[0]}",
            NodeId = "measure-replica",
            CompressionSupported = false,
            PreferredCodec = Wire.Contracts.Replication.CompressionCodec.None,
        };
        var clock = new VisibilityClock(store);
        var connector = new GrpcPrimaryConnector(options.Connector, LinuxFileSystem.Instance, TimeProvider.System);
        await using var replica = new Replica(options, connector, clock);
        replica.Start();
        RoleOutput.Say("ready", 1);
        while (await RoleInput.ReadLineAsync() is { Length: > 0 } line)
        {
            ulong last = ulong.Parse(line, CultureInfo.InvariantCulture);
            Task reached = store.WaitForVisibleAsync(new LogPosition(1, last), CancellationToken.None).AsTask();
            if (await Task.WhenAny(reached, replica.Completion) == replica.Completion)
            {
                await replica.Completion;
            }

            clock.SayAndRestart();
        }

        await replica.StopAsync();
        return 0;
    }
}
