using Kevo.Core;
using Kevo.Core.Tracing;
using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Replica.Configuration;
using Kevo.Replication.Follow;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>
/// Builds a node's store anew from a relay whose history is not the one held, or no longer reaches back to it, while
/// the old store goes on serving reads. Complete when it is level with the relay.
/// </summary>
internal sealed class RelayResync(
    EffectiveSettings settings, IFileSystem fileSystem, TimeProvider time, ILoggerFactory loggers)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Follows the relay from its beginning, or from a snapshot when that is gone, into a new store until the two are
    /// level.
    /// </summary>
    /// <param name="directory">The data directory, which stays open.</param>
    /// <param name="options">How the node follows.</param>
    /// <param name="certificates">Those used towards the relay; null without TLS.</param>
    /// <param name="attach">Told of the replica that is at work now, for the status.</param>
    /// <param name="stop">Cancelled when the process is to stop.</param>
    /// <returns>True when the new store waits to be put in place; false when the process is to stop.</returns>
    /// <exception cref="KevoException">
    /// The relay no longer has its beginning and no snapshot can be had, or the disk failed.
    /// </exception>
    public async Task<bool> RunAsync(
        DataDirectory directory,
        ReplicaOptions options,
        CertificateSource? certificates,
        Action<Replication.Follow.Replica> attach,
        CancellationToken stop)
    {
        using TraceSpan span = Spans.Start(SpanTable.Resync)
            .Set(SpanAttributes.ServerAddress, options.PrimaryAddress);
        string path = HistoryReplacement.Begin(fileSystem, directory.FullPath, directory.Node);
        using (DataDirectory built =
            DataDirectory.Open(settings, path, fileSystem, time, loggers, progress: null, identified: null, stop))
        {
            built.LetHistoryGo();
            var services = new ReplicaServices
            {
                Time = time,
                Logger = loggers.CreateLogger<Replication.Follow.Replica>(),
                History = new LogHeldHistory(built.Store.Log),
                Reader = ReplicationSettings.Reader(settings, options, fileSystem, time, certificates),
            };
            await using var replica = new Replication.Follow.Replica(
                options with { Follow = FollowMode.Relay },
                new GrpcPrimaryConnector(options.Connector, fileSystem, time, pool: null, certificates),
                built.Store,
                services);
            attach(replica);
            replica.Start();
            if (!await UntilLevelAsync(replica, stop))
            {
                return false;
            }

            span.Set(built.Store.Durable);
        }

        LogPosition held = directory.Store.Durable;
        string aside = HistoryReplacement.Complete(fileSystem, directory.FullPath, held);
        NodeLog.HistoryReplaced(loggers.CreateLogger<RelayResync>(), held, aside);
        return true;
    }

    private async Task<bool> UntilLevelAsync(Replication.Follow.Replica replica, CancellationToken stop)
    {
        using var look = new PeriodicTimer(Look, time);
        while (replica.GetStatus() is not { Lag: 0, Mode: not null, Positions.Durable.Value.Epoch: > 0 })
        {
            if (replica.Completion.IsCompleted)
            {
                await replica.Completion;
            }

            if (stop.IsCancellationRequested)
            {
                return false;
            }

            await look.WaitForNextTickAsync(CancellationToken.None);
        }

        return true;
    }
}
