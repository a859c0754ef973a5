using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Kevo.Server.Metrics;

/// <summary>
/// Collects the instruments of one meter and writes them in Prometheus' text format, in the order of the table. Between
/// scrapes only the histograms cost anything. Thread-safe; scrapes take turns.
/// </summary>
public sealed class PrometheusText : IDisposable
{
    /// <summary>The content type of the format.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly Lock _scraping = new();
    private readonly Dictionary<string, PrometheusFamily> _families;
    private readonly MeterListener _listener = new();

    /// <summary>Begins to collect; histograms count from here on.</summary>
    public PrometheusText(Meter meter)
    {
        ArgumentNullException.ThrowIfNull(meter);
        _families = MetricTable.All.ToDictionary(
            metric => metric.Name, metric => new PrometheusFamily(metric), StringComparer.Ordinal);
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter)
                && _families.TryGetValue(instrument.Name, out PrometheusFamily? family))
            {
                listener.EnableMeasurementEvents(instrument, family);
            }
        };
        _listener.SetMeasurementEventCallback<double>(
            static (_, value, tags, family) => ((PrometheusFamily)family!).Take(value, tags));
        _listener.Start();
    }

    /// <summary>Everything as of now.</summary>
    public string Write()
    {
        lock (_scraping)
        {
            foreach (PrometheusFamily family in _families.Values)
            {
                family.Values.Clear();
            }

            _listener.RecordObservableInstruments();
            StringBuilder text = new(16 << 10);
            foreach (MetricDefinition metric in MetricTable.All)
            {
                Write(text, _families[metric.Name]);
            }

            return text.ToString();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();

    private static void Write(StringBuilder text, PrometheusFamily family)
    {
        MetricDefinition metric = family.Metric;
        if (family.Values.Count == 0 && family.Histograms.IsEmpty)
        {
            return;
        }

        string name = metric.PrometheusName;
        text.Append("# HELP ").Append(name).Append(' ').Append(Escape(metric.Meaning, quote: false)).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(metric.Kind.ToString().ToLowerInvariant()).Append('\n');
        foreach ((string label, double value) in family.Values)
        {
            Append(text, name, Label(metric, label), value);
        }

        foreach ((string label, HistogramSeries series) in family.Histograms)
        {
            WriteHistogram(text, metric, label, series);
        }
    }

    private static void WriteHistogram(
        StringBuilder text, MetricDefinition metric, string label, HistogramSeries series)
    {
        (long[] buckets, double sum) = series.Read();
        string name = metric.PrometheusName;
        string own = Label(metric, label);
        string before = own.Length == 0 ? "" : own + ",";
        long total = 0;
        for (int bucket = 0; bucket < buckets.Length; bucket++)
        {
            total += buckets[bucket];
            string bound = bucket == metric.Bounds.Count ? "+Inf" : Number(metric.Bounds[bucket]);
            Append(text, name + "_bucket", $"{before}le=\"{bound}\"", total);
        }

        Append(text, name + "_sum", own, sum);
        Append(text, name + "_count", own, total);
    }

    private static void Append(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Label(MetricDefinition metric, string value) =>
        metric.Label.Length == 0 ? "" : $"{metric.Label}=\"{Escape(value, quote: true)}\"";

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        double.NaN => "NaN",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escape(string text, bool quote)
    {
        string escaped =
            text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quote ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
