using System.Net;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Replica.Configuration;
using Kevo.Replica.Logging;
using Kevo.Replica.Node;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Commands;

/// <summary><c>relay</c>: serves the history of a data directory to replicas without following anybody.</summary>
internal sealed class RelayCommand : ReplicaCommand
{
    private static readonly HostPort DefaultAddress = new("127.0.0.1", 50052);

    /// <inheritdoc/>
    public override string Name => "relay";

    /// <inheritdoc/>
    public override string Summary => "Serve the log of a data directory to replicas until told to stop.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Relay;

    /// <inheritdoc/>
    public override async Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        using var writer = LogWriter.For(settings, invocation.Output, invocation.Time);
        using ILoggerFactory loggers = LogFactory.Create(writer);
        ILogger logger = loggers.CreateLogger<RelayCommand>();
        NodeFile.Read(LinuxFileSystem.Instance, Path.GetFullPath(settings.Get(NodeSettings.Data)));
        using DataDirectory directory =
            DataDirectory.Open(settings, LinuxFileSystem.Instance, invocation.Time, loggers, stop);
        HostPort address = settings.Get(NodeSettings.RelayListen) ?? DefaultAddress;
        IPEndPoint bound = ListenAddress.Resolve(NodeSettings.RelayListen, address);
        var service = new RelayService(
            directory.Store.Log,
            new RelayOptions { NodeId = directory.Node.NodeId },
            invocation.Time,
            loggers.CreateLogger<RelayService>());
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
            await stopped.Task;
        }

        NodeLog.Stopped(logger, directory.Store.Durable, LogPosition.None);
        return ExitCode.Ok;
    }
}
