namespace Kevo.Server.Metrics;

/// <summary>One row of the table of metrics: what an instrument is called, measures, and means.</summary>
/// <param name="Name">
/// The OpenTelemetry name, under which it leaves by OTLP and is seen by <c>dotnet-counters</c>.
/// </param>
/// <param name="Kind">How it behaves.</param>
/// <param name="Unit">The unit in UCUM: <c>s</c>, <c>By</c>, <c>1</c>, or what is counted, in braces.</param>
/// <param name="Meaning">What it says, in one sentence.</param>
/// <param name="Label">The name of its label; empty for none.</param>
public sealed record MetricDefinition(string Name, MetricKind Kind, string Unit, string Meaning, string Label = "")
{
    /// <summary>The upper bounds of a histogram's buckets, ascending; empty for other kinds.</summary>
    public IReadOnlyList<double> Bounds { get; init; } = [];

    /// <summary>
    /// The Prometheus name: dots become underscores, the unit is spelled out at the end, and counters end in
    /// <c>_total</c>; the same rule by which collectors translate OTLP.
    /// </summary>
    public string PrometheusName
    {
        get
        {
            string name = Name.Replace('.', '_');
            string unit = Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
            return name + unit + (Kind == MetricKind.Counter ? "_total" : "");
        }
    }
}
