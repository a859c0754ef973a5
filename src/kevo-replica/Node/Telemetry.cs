using Kevo.Core;
using Kevo.Replica.Configuration;
using Kevo.Server.Export;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>Sends metrics and traces to the collector that the settings name.</summary>
internal static class Telemetry
{
    /// <summary>Where the settings send what; null when nothing is sent.</summary>
    /// <exception cref="ConfigurationException">Traces are asked for, and it is not known where to.</exception>
    public static OtlpOptions? From(EffectiveSettings settings)
    {
        string metrics = settings.Get(TelemetrySettings.OtlpEndpoint);
        string traces = settings.Get(TelemetrySettings.OtlpTracesEndpoint);
        Uri? metricsUri = metrics.Length == 0 ? null : new Uri(metrics);
        Uri? tracesUri = traces switch
        {
            "off" => null,
            "" when metricsUri is null => null,
            "" => OtlpOptions.TracesBeside(metricsUri) ?? throw new ConfigurationException(
                $"{TelemetrySettings.OtlpEndpoint.Flag} {metrics} does not end in /v1/metrics, so it cannot be told "
                + $"where the collector takes traces: say so with {TelemetrySettings.OtlpTracesEndpoint.Flag}, which "
                + "may be off."),
            _ => new Uri(traces),
        };
        return metricsUri is null && tracesUri is null
            ? null
            : new OtlpOptions
            {
                Metrics = metricsUri,
                Traces = tracesUri,
                TraceRatio = settings.Get(TelemetrySettings.TraceRatio),
            };
    }

    /// <summary>Begins to send; null when the settings say nowhere. The caller disposes it.</summary>
    /// <exception cref="ConfigurationException">Traces are asked for, and it is not known where to.</exception>
    public static OtlpExport? Start(EffectiveSettings settings, string nodeId, ILogger logger)
    {
        if (From(settings) is not { } options)
        {
            return null;
        }

        NodeLog.Exporting(logger, Name(options.Metrics), Name(options.Traces), options.TraceRatio);
        return new OtlpExport(options, nodeId, BuildInformation.Version, logger);

        static string Name(Uri? endpoint) => endpoint?.ToString() ?? "nowhere";
    }
}
