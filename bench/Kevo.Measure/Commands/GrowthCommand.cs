using System.CommandLine;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;
using static Kevo.Measure.Commands.Numbers;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>growth</c>: stores of growing size under one memory limit: what an entry costs, what stays resident, how long a
/// restart takes.
/// </summary>
public static class GrowthCommand
{
    private const int ValueSize = 100;
    private const string Cost = "processor time, settled";
    private const string Amplification = "write amplification";

    private static readonly Option<double[]> s_millions = new("--millions")
    {
        Description = "Millions of distinct keys of each store. The long form is 1 10 50.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [1, 5, 20],
        Validators = { MeasureOptions.Positive<double> },
    };

    private static readonly Option<int> s_limit = new("--memory-limit-mib")
    {
        Description = "Memory limit of the store, in MiB.",
        DefaultValueFactory = _ => 256,
        Validators = { MeasureOptions.Positive<int> },
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("growth", "Stores of growing size under one memory limit.")
        {
            s_millions, s_limit, MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    /// <summary>What is the same for every doubling when a figure is linear in the logarithm of the size.</summary>
    private static double AddedByDoubling(double[] millions, int to, string figure, FigureSet figures) =>
        (figures.Median(Named(millions[to], figure)) - figures.Median(Named(millions[to - 1], figure)))
            / Math.Log2(millions[to] / millions[to - 1]);

    private static int Run(ParseResult parsed)
    {
        double[] millions = parsed.GetValue(s_millions)!;
        long limit = (long)parsed.GetValue(s_limit) << 20;
        var figures = new FigureSet();
        List<Bar> bars = [];
        double mostResident = 0;
        int runs = parsed.GetValue(MeasureOptions.Runs);
        for (int run = 0; run < runs; run++)
        {
            foreach (double size in millions)
            {
                using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
                string[] store = [scratch["store"], Argument((long)(size * 1e6)), Argument(ValueSize), Argument(limit)];
                mostResident = Math.Max(mostResident, Grow(store, size, figures));
                mostResident = Math.Max(mostResident, Reopen(store, size, figures));
            }
        }

        foreach (double size in millions)
        {
            double restart = figures.Median(Named(size, "open to first Get"));
            bars.Add(new Bar($"restart to serving, {size} M (s)", restart, 2, AtLeast: false));
        }

        for (int i = 1; i < millions.Length; i++)
        {
            bars.Add(new Bar(
                $"cost per entry, {millions[i - 1]} M to {millions[i]} M",
                figures.Median(Named(millions[i], Cost)) / figures.Median(Named(millions[i - 1], Cost)),
                Math.Log(millions[i] * 1e6) / Math.Log(millions[i - 1] * 1e6), AtLeast: false));
        }

        for (int i = 2; i < millions.Length; i++)
        {
            foreach (string figure in (string[])[Cost, Amplification])
            {
                bars.Add(new Bar(
                    $"{figure} that a doubling adds, from {millions[i - 1]} M as a multiple of that before",
                    AddedByDoubling(millions, i, figure, figures) / AddedByDoubling(millions, i - 1, figure, figures),
                    1, AtLeast: false));
            }
        }

        bars.Add(new Bar("most resident to the limit", mostResident / limit, 2, AtLeast: false));
        MeasureOptions.Publish(parsed, new Report
        {
            Name = "growth",
            Description = "Distinct keys in random order, durable and readable; then opened again and read.",
            Configuration =
            [
                new("millions of keys", string.Join(", ", millions.Select(Argument))),
                new("value size", $"{ValueSize} B"),
                new("memory limit", $"{limit >> 20} MiB"),
                new("runs", Text(runs)),
                new("processors", Text(Environment.ProcessorCount)),
            ],
            Figures = figures.All,
            Bars = bars,
        });
        return 0;
    }

    private static string Named(double size, string figure) => $"{Argument(size)} M: {figure}";

    private static double Grow(string[] store, double size, FigureSet figures)
    {
        using ChildProcess growing = ChildProcess.Start("grow", store);
        double entries = size * 1e6;
        figures.Add(Named(size, "ingest"), "entries/s", FigureRole.Ours, entries / growing.ReadNumber("seconds"));
        figures.Add(
            Named(size, Cost), "ns/entry", FigureRole.Ours,
            growing.ReadNumber("settled_cpu_seconds") * 1e9 / entries);
        figures.Add(
            Named(size, Amplification), "x", FigureRole.Note, growing.ReadNumber("write_amplification"));
        figures.Add(Named(size, "tables"), "MiB", FigureRole.Note, growing.ReadNumber("table_bytes") / (1 << 20));
        double peak = growing.ReadNumber("peak_bytes");
        figures.Add(Named(size, "most resident, writing"), "MiB", FigureRole.Note, peak / (1 << 20));
        return peak;
    }

    private static double Reopen(string[] store, double size, FigureSet figures)
    {
        using ChildProcess opened = ChildProcess.Start("reopen", store);
        figures.Add(Named(size, "open to first Get"), "s", FigureRole.Ours, opened.ReadNumber("open_seconds"));
        figures.Add(Named(size, "Get, random keys"), "gets/s", FigureRole.Note, opened.ReadNumber("gets_per_second"));
        figures.Add(
            Named(size, "Scan, first touch"), "MB/s", FigureRole.Note,
            opened.ReadNumber("scan_bytes_per_second") / 1e6);
        double peak = opened.ReadNumber("peak_bytes");
        figures.Add(Named(size, "most resident, reading"), "MiB", FigureRole.Note, peak / (1 << 20));
        return peak;
    }
}
