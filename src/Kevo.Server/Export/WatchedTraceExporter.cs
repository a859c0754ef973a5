using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Exporter;

namespace Kevo.Server.Export;

/// <summary>Sends spans by OTLP, and has the failures told.</summary>
internal sealed class WatchedTraceExporter(OtlpExporterOptions options, CollectorHealth health)
    : OtlpTraceExporter(options)
{
    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Activity> activityBatch) => health.Note(base.Export(activityBatch));
}
