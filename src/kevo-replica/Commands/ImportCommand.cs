using System.Globalization;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Logging;
using Kevo.Replica.Node;
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
        using DataDirectory directory =
            DataDirectory.Open(
                settings, LinuxFileSystem.Instance, invocation.Time, loggers, progress: null, stop);
        if (directory.Store.Durable != LogPosition.None)
        {
            throw new ConfigurationException(
                $"{directory.FullPath} holds history up to {directory.Store.Durable} already: import into a new "
                + "directory.");
        }

        directory.LetHistoryGo();
        directory.Store.BeginEpoch(new LogPosition(1, 0));
        StockImportReport report = new StockImporter(LinuxFileSystem.Instance, stock).Run(directory.Store, stop);
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
        return Task.FromResult(ExitCode.Ok);
    }
}
