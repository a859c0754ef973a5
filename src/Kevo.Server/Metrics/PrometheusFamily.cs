using System.Collections.Concurrent;

namespace Kevo.Server.Metrics;

/// <summary>The series of one metric between two looks at it.</summary>
internal sealed class PrometheusFamily(MetricDefinition metric)
{
    /// <summary>The row of the table.</summary>
    public MetricDefinition Metric { get; } = metric;

    /// <summary>Present values of a counter or gauge by label, filled while a scrape is written.</summary>
    public Dictionary<string, double> Values { get; } = new(StringComparer.Ordinal);

    /// <summary>Distributions by label, filled as values are recorded.</summary>
    public ConcurrentDictionary<string, HistogramSeries> Histograms { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes one value in.</summary>
    public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string label = tags.Length == 0 ? "" : tags[0].Value as string ?? "";
        if (Metric.Kind == MetricKind.Histogram)
        {
            Histograms.GetOrAdd(label, static (_, bounds) => new HistogramSeries(bounds), Metric.Bounds).Record(value);
        }
        else
        {
            Values[label] = value;
        }
    }
}
