using Kevo.Core.Tracing;
using Kevo.Server.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kevo.Server.Export;

/// <summary>
/// Sends metrics and traces to a collector by OTLP until it is disposed; the last of them are sent then. A collector
/// that does not answer costs nothing but what would have been sent.
/// </summary>
public sealed class OtlpExport : IDisposable
{
    private readonly OtlpOptions _options;
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    /// <summary>Begins to listen to the instruments and spans of this process.</summary>
    /// <param name="options">Where to.</param>
    /// <param name="nodeId">This node's id, sent as <c>service.instance.id</c>.</param>
    /// <param name="version">The program's version, sent as <c>service.version</c>.</param>
    public OtlpExport(OtlpOptions options, string nodeId, string version)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _metrics = options.Metrics is { } metrics
            ? Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(Describe)
                .AddMeter(MetricTable.MeterName)
                .AddOtlpExporter((exporter, reader) =>
                {
                    SendTo(exporter, metrics);
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds =
                        (int)options.Interval.TotalMilliseconds;
                })
                .Build()
            : null;
        _traces = options.Traces is { } traces
            ? Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(Describe)
                .SetSampler(new ParentBasedSampler(new SpanSampler(options.TraceRatio)))
                .AddSource(SpanTable.SourceName)
                .AddOtlpExporter(exporter =>
                {
                    SendTo(exporter, traces);
                    exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds =
                        (int)options.TraceInterval.TotalMilliseconds;
                })
                .Build()
            : null;

        void Describe(ResourceBuilder resource) =>
            resource.AddService("kevo-replica", serviceVersion: version, serviceInstanceId: nodeId);
    }

    /// <summary>Sends everything now.</summary>
    /// <returns>False when the collector did not take it within the limit.</returns>
    public bool Flush(TimeSpan limit)
    {
        int milliseconds = (int)limit.TotalMilliseconds;
        bool traced = _traces?.ForceFlush(milliseconds) ?? true;
        return (_metrics?.ForceFlush(milliseconds) ?? true) && traced;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Without a limit of its own an end would wait long for a collector that does not answer.
        int milliseconds = (int)_options.LastSendingLimit.TotalMilliseconds;
        _traces?.Shutdown(milliseconds);
        _traces?.Dispose();
        _metrics?.Shutdown(milliseconds);
        _metrics?.Dispose();
    }

    private static void SendTo(OtlpExporterOptions exporter, Uri endpoint)
    {
        exporter.Endpoint = endpoint;
        exporter.Protocol = OtlpOptions.UsesHttp(endpoint)
            ? OtlpExportProtocol.HttpProtobuf
            : OtlpExportProtocol.Grpc;
    }
}
