using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Kevo.Server.Metrics;

/// <summary>Sends the metrics to a collector by OTLP until it is disposed; the last values are sent then.</summary>
public sealed class OtlpExport : IDisposable
{
    private readonly MeterProvider _provider;

    /// <param name="options">Where to.</param>
    /// <param name="nodeId">This node's id, sent as <c>service.instance.id</c>.</param>
    /// <param name="version">The program's version, sent as <c>service.version</c>.</param>
    public OtlpExport(OtlpOptions options, string nodeId, string version)
    {
        ArgumentNullException.ThrowIfNull(options);
        _provider = Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(resource => resource.AddService(
                "kevo-replica", serviceVersion: version, serviceInstanceId: nodeId))
            .AddMeter(MetricTable.MeterName)
            .AddOtlpExporter((exporter, reader) =>
            {
                exporter.Endpoint = options.Endpoint;
                exporter.Protocol = options.UseHttp ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds =
                    (int)options.Interval.TotalMilliseconds;
            })
            .Build();
    }

    /// <summary>Sends everything now.</summary>
    /// <returns>False when the collector did not take it within the limit.</returns>
    public bool Flush(TimeSpan limit) => _provider.ForceFlush((int)limit.TotalMilliseconds);

    /// <inheritdoc/>
    public void Dispose() => _provider.Dispose();
}
