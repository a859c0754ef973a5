namespace Kevo.Server.Metrics;

/// <summary>How a metric behaves over time.</summary>
public enum MetricKind
{
    /// <summary>Only grows while the process lives.</summary>
    Counter,

    /// <summary>A present value.</summary>
    Gauge,

    /// <summary>A distribution: buckets, sum and count.</summary>
    Histogram,
}
