using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace Kevo.Server.Export;

/// <summary>Sends metrics by OTLP, and has the failures told.</summary>
internal sealed class WatchedMetricExporter(OtlpExporterOptions options, CollectorHealth health)
    : OtlpMetricExporter(options)
{
    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> metrics) => health.Note(base.Export(metrics));
}
