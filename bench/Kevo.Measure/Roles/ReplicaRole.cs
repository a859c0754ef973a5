using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Storage;
using Kevo.Storage.Log;
using Kevo.Storage.Store;

namespace Kevo.Measure.Roles;

/// <summary>
/// The replica under measurement: follows the relay into a fresh directory until the given sequence is durable (and,
/// with a store, visible). Says <c>warm</c> when the warm-up is over, then what a <see cref="ProcessMeter"/> says, and
/// <c>batches</c>.
/// </summary>
public static class ReplicaRole
{
    /// <summary>
    /// Arguments: port, directory, last sequence, <c>log</c> or <c>store</c>, codec, last sequence of the warm-up,
    /// MiB of a batch.
    /// </summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        ulong last = ulong.Parse(arguments[2], CultureInfo.InvariantCulture);
        bool visible = arguments[3] == "store";
        using WriteAheadLog? log = visible ? null : WriteAheadLog.Open(
            new LogOptions { Directory = arguments[1] }, LinuxFileSystem.Instance, TimeProvider.System);
        using ReplicaStore? store = visible
            ? ReplicaStore.Open(new StoreOptions { Directory = arguments[1] }, LinuxFileSystem.Instance)
            : null;
        using StoreWorker? worker = store is null ? null : new StoreWorker(store);
        log?.BeginEpoch(new LogPosition(1, 0));
        store?.BeginEpoch(new LogPosition(1, 0));
        IWalApplier applier = store is not null ? store : new LogApplier(log!);
        ILogSource source = store?.Log ?? log!;
        var options = new ReplicaOptions
        {
            PrimaryAddress = $"127.0.0.1:{arguments[0]}",
            NodeId = "measure-replica",
            PreferredCodec = Enum.Parse<Wire.Contracts.Replication.CompressionCodec>(arguments[4], ignoreCase: true),
            CompressionSupported = arguments[4] != "none",
            MaxBatchBytes = int.Parse(arguments[6], CultureInfo.InvariantCulture) << 20,
        };
        var connector = new GrpcPrimaryConnector(options.Connector, LinuxFileSystem.Instance, TimeProvider.System);
        await using var replica = new Replica(options, connector, applier);
        replica.Start();
        await ReachAsync(ulong.Parse(arguments[5], CultureInfo.InvariantCulture));
        RoleOutput.Say("warm", arguments[5]);
        long batches = replica.ReadCounters().Batches;
        ProcessMeter meter = ProcessMeter.Start(source.Durable.Sequence);
        await ReachAsync(last);
        meter.Say(last);
        RoleOutput.Say("batches", replica.ReadCounters().Batches - batches);
        await replica.StopAsync();
        return 0;

        async Task ReachAsync(ulong sequence)
        {
            Task reached = source.WaitForDurableAsync(new LogPosition(1, sequence), CancellationToken.None).AsTask();
            if (await Task.WhenAny(reached, replica.Completion) == replica.Completion)
            {
                await replica.Completion;
            }
        }
    }
}
