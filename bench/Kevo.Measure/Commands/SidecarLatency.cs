using System.CommandLine;
using System.Globalization;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>latency --sidecar</c>: from stock's own sync of its log file to the moment the write can be read at the replica,
/// with the sidecar in between as a process of its own.
/// </summary>
internal static class SidecarLatency
{
    private const int Puts = 1_000;
    private const int PutsPerSecond = 200;

    /// <summary>Measures it and publishes the report.</summary>
    public static int Run(ParseResult parsed)
    {
        var figures = new FigureSet();
        int runs = parsed.GetValue(MeasureOptions.Runs);
        for (int run = 0; run < runs; run++)
        {
            using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
            using ChildProcess replica = ChildProcess.Start(
                "sidecar-latency", scratch["kevo"], scratch["replica"],
                Puts.ToString(CultureInfo.InvariantCulture), PutsPerSecond.ToString(CultureInfo.InvariantCulture));
            figures.Add("p50", "us", FigureRole.Ours, replica.ReadNumber("p50_us"));
            figures.Add("p99", "us", FigureRole.Ours, replica.ReadNumber("p99_us"));
            figures.Add("longest", "us", FigureRole.Note, replica.ReadNumber("max_us"));
        }

        MeasureOptions.Publish(parsed, new Report
        {
            Name = "latency-sidecar",
            Description =
                "From the sync of a stock log file to readable at the replica: sidecar, its own sync, replica, its own "
                + "sync, as two processes.",
            Configuration =
            [
                new("value size", "100 B"),
                new("puts", Puts.ToString(CultureInfo.InvariantCulture)),
                new("puts per second", PutsPerSecond.ToString(CultureInfo.InvariantCulture)),
                new("runs", runs.ToString(CultureInfo.InvariantCulture)),
                .. MeasureOptions.Machine,
            ],
            Figures = figures.All,
            Bars = [new("p50 (us)", figures.Median("p50"), 5_000, AtLeast: false)],
        });
        return 0;
    }
}
