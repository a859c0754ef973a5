namespace Kevo.Measure.Commands;

/// <summary>The values of each run of <c>ingest</c>.</summary>
internal sealed class IngestRuns
{
    public List<double> Ours { get; } = [];

    public List<double> Receive { get; } = [];

    public List<double> Disk { get; } = [];

    public List<double> CpuNanoseconds { get; } = [];

    public List<double> AllocatedBytes { get; } = [];

    public List<double> EntriesPerSync { get; } = [];
}
