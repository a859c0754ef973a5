using System.Globalization;
using Kevo.Core;
using Kevo.Core.Testing;
using Kevo.Core.Tracing;
using Kevo.Platform;
using Kevo.Replica.Configuration;
using Kevo.Replica.Node;
using Kevo.Replica.Terminal;
using Kevo.Server.Export;
using Kevo.Storage.Kevo;
using Kevo.Storage.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Replica.Commands;

/// <summary><c>promote</c>: makes a directory for stock Kevo out of a stopped node's, and proves it.</summary>
internal sealed class PromoteCommand : ReplicaCommand
{
    /// <inheritdoc/>
    public override string Name => "promote";

    /// <inheritdoc/>
    public override string Summary =>
        "Turn a stopped replica's data into a directory that stock Kevo serves, verified.";

    /// <inheritdoc/>
    public override CommandSet Set => CommandSet.Promote;

    /// <inheritdoc/>
    public override Task<int> RunAsync(Invocation invocation, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        string target = Path.GetFullPath(settings.Require(RequestSettings.To));
        string data = Path.GetFullPath(settings.Get(NodeSettings.Data));
        using OtlpExport? export = Telemetry.Start(
            settings, NodeFile.Read(LinuxFileSystem.Instance, data).NodeId, NullLogger.Instance);
        using TraceSpan span = Spans.Start(SpanTable.Promote);
        try
        {
            return Task.FromResult(Promote(invocation, target, span, stop));
        }
        catch (KevoException failure) when (span.FailAndPass(failure))
        {
            throw;
        }
    }

    private static int Promote(Invocation invocation, string target, TraceSpan span, CancellationToken stop)
    {
        EffectiveSettings settings = invocation.Settings;
        using ReplicaStore store = OfflineStore.Open(invocation, stop);
        if (store.Durable.Epoch == 0)
        {
            throw new StorageException(
                StorageFault.NotFound,
                "This node has never received anything from a primary, so there is nothing to promote. Promote a node "
                + "whose status names a position.",
                settings.Get(NodeSettings.Data));
        }

        if (!PlantedBugs.Has(PlantedBug.PromotionWithoutTail))
        {
            store.Flush();
        }

        TimeSpan sinceEpoch = invocation.Time.GetUtcNow() - DateTimeOffset.UnixEpoch;
        var request = new PromotionRequest
        {
            TargetDirectory = target,
            TablesOldestFirst = store.GetTablePathsOldestFirst(),
            Mode = settings.Get(RequestSettings.Copy) ? PromotionMode.Copy : PromotionMode.Link,
            CreatedUnixNanoseconds = sinceEpoch.Ticks * TimeSpan.NanosecondsPerTick,
        };
        PromotionReport report = Promote(invocation, request, stop);
        span.Set(store.Durable)
            .Set(SpanAttributes.Keys, report.VerifiedKeys)
            .Set(SpanAttributes.Bytes, report.TableBytes);
        TextWriter output = invocation.Output.Out;
        output.WriteLine($"promoted: history up to {store.Durable}");
        output.WriteLine($"directory: {report.Directory}");
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"tables: {report.LinkedTables} linked, {report.CopiedTables} copied, {report.WrittenTables} written, "
            + $"{report.TableBytes} bytes"));
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"verified: {report.VerifiedKeys} keys read back with stock Kevo's own rules"));
        if (report.KeysOverClientLimit > 0)
        {
            string count = report.KeysOverClientLimit.ToString(CultureInfo.InvariantCulture);
            output.WriteLine($"note: {count} keys are longer than 4096 bytes; stock Kevo refuses to get them");
        }

        output.WriteLine($"start Kevo with: {report.CommandLine}");
        return ExitCode.Ok;
    }

    private static PromotionReport Promote(Invocation invocation, PromotionRequest request, CancellationToken stop)
    {
        using IWorkDisplay bar = invocation.Output.StartProgress(invocation.Time);
        return Promotion.Run(LinuxFileSystem.Instance, request with { Progress = bar }, stop);
    }
}
