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
        var linger = new FailureLinger(
            invocation.Settings,
            invocation.Output.ErrorIsTerminal,
            invocation.Time,
            loggers.CreateLogger<RelayCommand>());
        try
        {
            using var supervisor = new Supervisor(invocation, invocation.Settings, writer, loggers, stop);
            supervisor.Starting("recovering");
            LogPosition last = await ServeAsync(invocation, supervisor, linger, loggers, stop);
            NodeLog.Stopped(loggers.CreateLogger<RelayCommand>(), last, LogPosition.None);
            return ExitCode.Ok;
        }
        catch (KevoException failure)
        {
            linger.TellEnd(failure);
            throw;
        }
    }

    private static async Task<LogPosition> ServeAsync(
        Invocation invocation,
        Supervisor supervisor,
        FailureLinger linger,
        ILoggerFactory loggers,
        CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        var certificates = new NodeCertificates(settings, LinuxFileSystem.Instance, invocation.Time);
        _ = Telemetry.From(settings);
        string stock = settings.Get(RequestSettings.KevoDirectory);
        stock = stock.Length > 0 ? Path.GetFullPath(stock) : "";
        RelayReport? report = null;
        using IWorkDisplay display =
            invocation.Output.StartProgress(invocation.Time, loggers.CreateLogger<RelayCommand>());
        await using var view = new OperatorView(
            settings,
            certificates,
            RelaySettings.AdminAddress(settings),
            (_, start) => report = new RelayReport(start, stock, invocation.Time),
            invocation.Time,
            loggers);
        await view.ListenAsync(stop);
        var server = new RelayServer(invocation, supervisor, loggers, certificates, view, linger);
        var progress = new SharedProgress(display, view.Start);
        if (stock.Length > 0)
        {
            using StockSidecar sidecar = await view.OpenAsync(
                () => StartSidecar(invocation, view, loggers, stock, progress, stop), supervisor, linger, stop);
            await using OperatorView seesSidecar = view;
            view.Show(() => report!.Describe(sidecar));
            return await RunAsync(
                new RelaySource
                {
                    Log = sidecar.Log, NodeId = view.Source.Node.Id, Deletes = true, Sidecar = sidecar,
                });
        }

        using DataDirectory directory = await view.OpenAsync(
            () => OpenDirectory(invocation, view, loggers, progress, stop), supervisor, linger, stop);
        await using OperatorView seesDirectory = view;
        view.Show(directory.Store);
        return await RunAsync(
            new RelaySource { Log = directory.Store.Log, NodeId = directory.Node.NodeId, Deletes = false });

        async Task<LogPosition> RunAsync(RelaySource source)
        {
            display.Hide();
            report!.Attach(source);
            await server.RunAsync(source, display, stop);
            return source.Log.Durable;
        }
    }

    private static DataDirectory OpenDirectory(
        Invocation invocation,
        OperatorView view,
        ILoggerFactory loggers,
        IProgress<WorkProgress> progress,
        CancellationToken stop)
    {
        // Unlike run, this command makes no directory: an empty one has nothing to serve.
        NodeFile.Read(LinuxFileSystem.Instance, Path.GetFullPath(invocation.Settings.Get(NodeSettings.Data)));
        return DataDirectory.Open(
            invocation.Settings, LinuxFileSystem.Instance, invocation.Time, loggers, progress,
            (node, place) => view.Identify(node.NodeId, place), stop);
    }

    private static StockSidecar StartSidecar(
        Invocation invocation,
        OperatorView view,
        ILoggerFactory loggers,
        string stock,
        IProgress<WorkProgress> progress,
        CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        string directory = Path.GetFullPath(settings.Get(NodeSettings.Data));
        LinuxFileSystem.Instance.CreateDirectory("NODE:MKDIR", directory);
        NodeFile node = NodeFile.ReadOrCreate(LinuxFileSystem.Instance, directory);
        view.Identify(node.NodeId, directory);
        var options = new SidecarOptions
        {
            StockDirectory = stock,
            Directory = directory,
            SegmentSize = (int)settings.Get(NodeSettings.SegmentSize),
            Progress = progress,
        };
        return StockSidecar.Start(
            options, LinuxFileSystem.Instance, invocation.Time, loggers.CreateLogger<StockSidecar>(), stop);
    }
}
