namespace Kevo.Server.Metrics;

/// <summary>Where and how often metrics are sent by OTLP.</summary>
public sealed record OtlpOptions
{
    /// <summary>
    /// The collector: for gRPC its address (<c>http://collector:4317</c>), for HTTP the whole path
    /// (<c>http://collector:4318/v1/metrics</c>).
    /// </summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Send by HTTP with protobuf bodies instead of gRPC (default false).</summary>
    public bool UseHttp { get; init; }

    /// <summary>Time between two sendings (default 15 s).</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);
}
