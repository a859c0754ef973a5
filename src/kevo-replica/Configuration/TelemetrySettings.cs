namespace Kevo.Replica.Configuration;

/// <summary>What is sent to an OpenTelemetry collector.</summary>
internal static class TelemetrySettings
{
    private const CommandSet Sending = CommandSet.Daemons | CommandSet.Promote | CommandSet.Import;

    /// <summary>Where metrics are pushed.</summary>
    public static readonly TypedSetting<string> OtlpEndpoint = new(SettingParsers.Url)
    {
        Name = "otlp-endpoint",
        ValueName = "URL",
        DefaultNote = "nothing is pushed",
        Commands = Sending,
        Help = "OpenTelemetry collector to push metrics and traces to: by gRPC (http://localhost:4317), or by HTTP "
            + "when the URL has a path (http://localhost:4318/v1/metrics)",
    };

    /// <summary>Where traces are pushed.</summary>
    public static readonly TypedSetting<string> OtlpTracesEndpoint = new(SettingParsers.UrlOrOff)
    {
        Name = "otlp-traces-endpoint",
        ValueName = "URL",
        DefaultNote = "the collector of --otlp-endpoint, at /v1/traces instead of /v1/metrics",
        Range = "or off",
        Commands = Sending,
        Help = "OpenTelemetry collector to push traces to, when it is not the one for metrics",
    };

    /// <summary>Which share of the frequent spans is sent.</summary>
    public static readonly TypedSetting<double> TraceRatio = new(SettingParsers.Number(0, 1))
    {
        Name = "trace-ratio",
        ValueName = "SHARE",
        Default = "0.01",
        Range = "0 to 1",
        Commands = CommandSet.Daemons,
        Help = "Share of batches and client calls whose spans are sent; rare spans always are, and a client that sends "
            + "a traceparent decides for its calls",
    };

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } = [OtlpEndpoint, OtlpTracesEndpoint, TraceRatio];
}
