using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Sidecar;
using Kevo.Replica.Configuration;
using Kevo.Replica.Logging;
using Kevo.Replica.Node;
using Kevo.Replica.Supervision;
using Kevo.Replica.Terminal;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Commands;

/// <summary>
/// <c>relay</c>: serves a history to replicas without following anybody over the wire: that of a data directory, or, as
/// a sidecar, that of a stock directory while stock Kevo writes it.
/// </summary>
internal sealed class RelayCommand : ReplicaCommand
{
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
        using var supervisor = new Supervisor(invocation, writer, loggers, stop);
        supervisor.Starting("recovering");
        var server = new RelayServer(invocation, supervisor, loggers);
        string stock = invocation.Settings.Get(RequestSettings.KevoDirectory);
        LogPosition last = stock.Length > 0
            ? await RunSidecarAsync(invocation, server, loggers, Path.GetFullPath(stock), stop)
            : await RunDirectoryAsync(invocation, server, loggers, stop);
        NodeLog.Stopped(loggers.CreateLogger<RelayCommand>(), last, LogPosition.None);
        return ExitCode.Ok;
    }

    private static async Task<LogPosition> RunDirectoryAsync(
        Invocation invocation, RelayServer server, ILoggerFactory loggers, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        NodeFile.Read(LinuxFileSystem.Instance, Path.GetFullPath(settings.Get(NodeSettings.Data)));
        using ProgressBar? bar = invocation.Output.StartProgress(invocation.Time);
        using DataDirectory directory =
            DataDirectory.Open(settings, LinuxFileSystem.Instance, invocation.Time, loggers, bar, stop);
        bar?.Hide();
        var source = new RelaySource
        {
            Log = directory.Store.Log,
            NodeId = directory.Node.NodeId,
            Deletes = false,
        };
        await server.RunAsync(source, stop);
        return directory.Store.Durable;
    }

    private static async Task<LogPosition> RunSidecarAsync(
        Invocation invocation, RelayServer server, ILoggerFactory loggers, string stock, CancellationToken stop)
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
        var source = new RelaySource
        {
            Log = sidecar.Log,
            NodeId = node.NodeId,
            Deletes = true,
            Ended = sidecar.Completion,
            Pulse = () => sidecar.Pulse,
        };
        await server.RunAsync(source, stop);
        return sidecar.Log.Durable;
    }
}
