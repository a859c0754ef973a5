using Kevo.Core.Tracing;
using Kevo.Server.Metrics;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kevo.Server.Export;

/// <summary>
/// Sends metrics and traces to a collector by OTLP until it is disposed; the last of them are sent then. A collector
/// that does not answer costs nothing but what would have been sent, and is told of in the log.
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
    /// <param name="logger">Is told when a collector begins to fail, and when it no longer does.</param>
    public OtlpExport(OtlpOptions options, string nodeId, string version, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(logger);
        _options = options;
        _metrics = options.Metrics is { } metrics
            ? Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(Describe)
                .AddMeter(MetricTable.MeterName)
                .AddReader(new PeriodicExportingMetricReader(
                    new WatchedMetricExporter(To(metrics), new CollectorHealth(logger, "metrics", metrics)),
                    (int)options.Interval.TotalMilliseconds))
                .Build()
            : null;
        _traces = options.Traces is { } traces
            ? Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(Describe)
                .SetSampler(new ParentBasedSampler(new SpanSampler(options.TraceRatio)))
                .AddSource(SpanTable.SourceName)
                .AddProcessor(new BatchActivityExportProcessor(
                    new WatchedTraceExporter(To(traces), new CollectorHealth(logger, "traces", traces)),
                    scheduledDelayMilliseconds: (int)options.TraceInterval.TotalMilliseconds))
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

    private static OtlpExporterOptions To(Uri endpoint) => new()
    {
        Endpoint = endpoint,
        Protocol = OtlpOptions.UsesHttp(endpoint) ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc,
    };
}
