using System.Globalization;
using Kevo.Core;
using Kevo.Core.Tracing;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Logging;
using Kevo.Replica.Node;
using Kevo.Replica.Terminal;
using Kevo.Server.Export;
using Kevo.Storage.Kevo;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Commands;

/// <summary><c>import</c>: a new data directory from a stopped stock directory.</summary>
internal sealed class ImportCommand : ReplicaCommand
{
    /// <inheritdoc/>
    public override string Name => "import";

    /// <inheritdoc/>
    public override string Summary => "Build a data directory from the directory of a stopped stock Kevo.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Import;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        string source = Path.GetFullPath(settings.Require(RequestSettings.KevoDirectory));
        StockDirectory stock = StockDirectory.Open(LinuxFileSystem.Instance, source, StockPathPolicy.UseDirectory);
        using var writer = LogWriter.For(settings, invocation.Output, invocation.Time);
        using ILoggerFactory loggers = LogFactory.Create(writer);
        OtlpExport? export = null;
        try
        {
            return Task.FromResult(Import(invocation, stock, loggers, Identify, stop));
        }
        finally
        {
            export?.Dispose();
        }

        void Identify(NodeFile node, string place) =>
            export = Telemetry.Start(settings, node.NodeId, loggers.CreateLogger<ImportCommand>());
    }

    private static int Import(
        Invocation invocation,
        StockDirectory stock,
        ILoggerFactory loggers,
        Action<NodeFile, string> identified,
        CancellationToken stop)
    {
        using IWorkDisplay display = invocation.Output.StartProgress(invocation.Time);
        using DataDirectory directory = DataDirectory.Open(
            invocation.Settings, LinuxFileSystem.Instance, invocation.Time, loggers, display, identified, stop);
        if (directory.Store.Durable != LogPosition.None)
        {
            throw new ConfigurationException(
                $"{directory.FullPath} holds history up to {directory.Store.Durable} already: import into a new "
                + "directory.");
        }

        directory.LetHistoryGo();
        StockImportReport report = Import(directory, stock, display, stop);
        display.Hide();
        foreach (string sentence in report.LeftOut)
        {
            invocation.Output.Error.WriteLine($"left out: {sentence}");
        }

        invocation.Output.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"imported: {report.WalEntries} entries of {report.WalFiles.Count} WAL files and {report.TableEntries} of "
            + $"{report.Tables.Count} tables, as history up to {directory.Store.Durable}"));
        invocation.Output.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"left out: {report.LeftOutCount} damaged places, {report.MergesIgnored} merge entries"));
        return ExitCode.Ok;
    }

    private static StockImportReport Import(
        DataDirectory directory, StockDirectory stock, IWorkDisplay display, CancellationToken stop)
    {
        using TraceSpan span = Spans.Start(SpanTable.Import);
        try
        {
            directory.Store.BeginEpoch(new LogPosition(1, 0));
            StockImportReport report = new StockImporter(
                LinuxFileSystem.Instance, stock, new StockImportOptions { Progress = display })
                .Run(directory.Store, stop);
            span.Set(directory.Store.Durable).Set(SpanAttributes.Entries, report.WalEntries + report.TableEntries);
            return report;
        }
        catch (KevoException failure) when (span.FailAndPass(failure))
        {
            throw;
        }
    }
}
