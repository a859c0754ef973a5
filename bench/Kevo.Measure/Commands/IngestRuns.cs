using Kevo.Measure.Reporting;

namespace Kevo.Measure.Commands;

/// <summary>The values of each run of <c>ingest</c>.</summary>
internal sealed class IngestRuns
{
    public List<double> Ours { get; } = [];

    public List<double> Receive { get; } = [];

    public List<double> Disk { get; } = [];

    /// <summary>Both at once, by a program that does nothing else.</summary>
    public List<double> ReceiveAndWrite { get; } = [];

    public List<double> CpuNanoseconds { get; } = [];

    public List<double> ReceiveCpuNanoseconds { get; } = [];

    public List<double> RelayCpuNanoseconds { get; } = [];

    public List<double> AllocatedBytes { get; } = [];

    public List<double> EntriesPerSync { get; } = [];

    /// <summary>The smaller limit, by the medians.</summary>
    public double Limit => Math.Min(Spread.Of(Receive).Median, Spread.Of(Disk).Median);

    /// <summary>Ours as a share of what receiving and writing at once leave, by the medians.</summary>
    public double RatioToBoth => Spread.Of(Ours).Median / Spread.Of(ReceiveAndWrite).Median;

    /// <summary>Ours as a share of the smaller limit, by the medians.</summary>
    public double Ratio => Spread.Of(Ours).Median / Limit;
}
