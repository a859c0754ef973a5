namespace Kevo.Server.Export;

/// <summary>Where and how often metrics and traces are sent by OTLP.</summary>
public sealed record OtlpOptions
{
    private const string MetricsPath = "/v1/metrics";
    private const string TracesPath = "/v1/traces";

    /// <summary>
    /// Where metrics go: for gRPC the collector's address (<c>http://collector:4317</c>), for HTTP the whole path
    /// (<c>http://collector:4318/v1/metrics</c>). Null (default) sends none.
    /// </summary>
    public Uri? Metrics { get; init; }

    /// <summary>
    /// Where traces go, likewise (<c>http://collector:4318/v1/traces</c>). Null (default) sends none.
    /// </summary>
    public Uri? Traces { get; init; }

    /// <summary>
    /// The share of batches and client calls whose spans are sent, from 0 to 1 (default 0.01). A client that says in
    /// its traceparent whether its trace is recorded decides for its calls. Other spans are rare and always sent.
    /// </summary>
    public double TraceRatio { get; init; } = 0.01;

    /// <summary>Time between two sendings of metrics (default 15 s).</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time after which ended spans are sent (default 5 s).</summary>
    public TimeSpan TraceInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the last sending of each may take (default 300 ms).</summary>
    public TimeSpan LastSendingLimit { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>HTTP with protobuf bodies to a URL with a path, gRPC to one without.</summary>
    public static bool UsesHttp(Uri endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return endpoint.AbsolutePath.Length > 1;
    }

    /// <summary>
    /// Where a collector that takes metrics at <paramref name="metrics"/> takes traces: at the same address by gRPC, at
    /// the path beside it by HTTP; null when that path is not the usual one.
    /// </summary>
    public static Uri? TracesBeside(Uri metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (!UsesHttp(metrics))
        {
            return metrics;
        }

        return metrics.AbsolutePath.EndsWith(MetricsPath, StringComparison.Ordinal)
            ? new UriBuilder(metrics) { Path = metrics.AbsolutePath[..^MetricsPath.Length] + TracesPath }.Uri
            : null;
    }
}
