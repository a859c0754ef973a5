using System.Net;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Sidecar;
using Kevo.Replica.Configuration;
using Kevo.Replica.Logging;
using Kevo.Replica.Node;
using Kevo.Storage.Log;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Commands;

/// <summary>
/// <c>relay</c>: serves a history to replicas without following anybody over the wire: that of a data directory, or, as
/// a sidecar, that of a stock directory while stock Kevo writes it.
/// </summary>
internal sealed class RelayCommand : ReplicaCommand
{
    private static readonly HostPort DefaultAddress = new("127.0.0.1", 50052);

    // A directory that is only served never ends by itself.
    private static readonly Task Endless = new TaskCompletionSource().Task;

    /// <inheritdoc/>
    public override string Name => "relay";

    /// <inheritdoc/>
    public override string Summary =>
        "Serve the log of a data directory, or a stock Kevo directory (--kevo-dir), to replicas until told to stop.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Relay;

    /// <inheritdoc/>
    public override async Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        using var writer = LogWriter.For(invocation.Settings, invocation.Output, invocation.Time);
        using ILoggerFactory loggers = LogFactory.Create(writer);
        string stock = invocation.Settings.Get(RequestSettings.KevoDirectory);
        return stock.Length > 0
            ? await RunSidecarAsync(invocation, loggers, Path.GetFullPath(stock), stop)
            : await RunDirectoryAsync(invocation, loggers, stop);
    }

    private static async Task<int> RunDirectoryAsync(
        Invocation invocation, ILoggerFactory loggers, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        NodeFile.Read(LinuxFileSystem.Instance, Path.GetFullPath(settings.Get(NodeSettings.Data)));
        using DataDirectory directory =
            DataDirectory.Open(settings, LinuxFileSystem.Instance, invocation.Time, loggers, stop);
        await ServeAsync(
            invocation, loggers, directory.Store.Log, directory.Node.NodeId, deletes: false, Endless, stop);
        NodeLog.Stopped(loggers.CreateLogger<RelayCommand>(), directory.Store.Durable, LogPosition.None);
        return ExitCode.Ok;
    }

    private static async Task<int> RunSidecarAsync(
        Invocation invocation, ILoggerFactory loggers, string stock, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        string directory = Path.GetFullPath(settings.Get(NodeSettings.Data));
        LinuxFileSystem.Instance.CreateDirectory("NODE:MKDIR", directory);
        NodeFile node = NodeFile.ReadOrCreate(LinuxFileSystem.Instance, directory);
        var options = new SidecarOptions
        {
            StockDirectory = stock,
            Directory = directory,
            SegmentSize = (int)settings.Get(NodeSettings.SegmentSize),
        };
        using StockSidecar sidecar = StockSidecar.Start(
            options, LinuxFileSystem.Instance, invocation.Time, loggers.CreateLogger<StockSidecar>(), stop);
        await ServeAsync(invocation, loggers, sidecar.Log, node.NodeId, deletes: true, sidecar.Completion, stop);
        NodeLog.Stopped(loggers.CreateLogger<RelayCommand>(), sidecar.Log.Durable, LogPosition.None);
        return ExitCode.Ok;
    }

    /// <summary>Serves the log until the process is asked to stop or its source ends with an error.</summary>
    private static async Task ServeAsync(
        Invocation invocation,
        ILoggerFactory loggers,
        WriteAheadLog log,
        string nodeId,
        bool deletes,
        Task source,
        CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        ILogger logger = loggers.CreateLogger<RelayCommand>();
        HostPort address = settings.Get(NodeSettings.RelayListen) ?? DefaultAddress;
        IPEndPoint bound = ListenAddress.Resolve(NodeSettings.RelayListen, address);
        var service = new RelayService(
            log, new RelayOptions { NodeId = nodeId }, invocation.Time, loggers.CreateLogger<RelayService>());
        using var retention = new RelayRetention(
            log,
            service,
            new RelayRetentionOptions { KeepBytes = settings.Get(NodeSettings.LogRetention), Deletes = deletes },
            invocation.Time,
            loggers.CreateLogger<RelayRetention>());
        await using RelayHost host =
            await RelayHost.StartAsync(service, new RelayHostOptions { Address = bound }, stop);
        NodeLog.RelayListening(logger, host.Address.ToString());
        if (!address.IsLoopback)
        {
            NodeLog.ListensInTheOpen(logger, NodeSettings.RelayListen.Flag, address.ToString());
        }

        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.Register(stopped.SetResult))
        {
            if (await Task.WhenAny(stopped.Task, source) == source && !stop.IsCancellationRequested)
            {
                await source;
            }
        }
    }
}
