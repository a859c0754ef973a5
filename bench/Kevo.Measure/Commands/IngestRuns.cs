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

    /// <summary>The relay's, while what it sends is only received.</summary>
    public List<double> RelayCpuWhileReceiving { get; } = [];

    /// <summary>Of the program that only writes and syncs.</summary>
    public List<double> WriteCpuNanoseconds { get; } = [];

    public List<double> AllocatedBytes { get; } = [];

    public List<double> EntriesPerSync { get; } = [];

    /// <summary>The smaller limit, by the medians.</summary>
    public double Limit => Math.Min(Spread.Of(Receive).Median, Spread.Of(Disk).Median);

    /// <summary>Ours as a share of what receiving and writing at once leave, by the medians.</summary>
    public double RatioToBoth => Spread.Of(Ours).Median / Spread.Of(ReceiveAndWrite).Median;

    /// <summary>
    /// What writing and syncing leave of the rate at which entries are received, if nothing else took processor time
    /// and the processors rested as little, by the medians.
    /// </summary>
    public double LeftByWriting
    {
        get
        {
            double receive =
                Spread.Of(ReceiveCpuNanoseconds).Median + Spread.Of(RelayCpuWhileReceiving).Median;
            return receive / (receive + Spread.Of(WriteCpuNanoseconds).Median);
        }
    }

    /// <summary>Ours as a share of the smaller limit, by the medians.</summary>
    public double Ratio => Spread.Of(Ours).Median / Limit;
}
