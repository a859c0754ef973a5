using System.CommandLine;
using System.Globalization;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>allocations</c>: managed bytes per entry in steady state: of the whole process that follows a relay, and of the
/// path of an entry alone.
/// </summary>
public static class AllocationsCommand
{
    private const string Path = "decode, order and append";
    private const string Publish = "make durable and publish";

    // Nothing for an entry or a batch; but a segment of half a million entries, and a memtable of more than a hundred
    // thousand, have some objects of their own.
    private const double OfParts = 0.05;

    private static readonly Option<double> s_millions = new("--millions")
    {
        Description = "Millions of entries; the first fifth is warm-up, in which the pools grow.",
        DefaultValueFactory = _ => 20,
        Validators = { MeasureOptions.Positive<double> },
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("allocations", "Managed bytes per entry, whole process and the path alone.")
        {
            s_millions, MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var figures = new FigureSet();
        int runs = parsed.GetValue(MeasureOptions.Runs);
        foreach (bool visible in new[] { false, true })
        {
            string where = visible ? "store" : "log";
            var load = new IngestLoad
            {
                Entries = (long)(parsed.GetValue(s_millions) * 1_000_000),
                ValueSize = 100,
                Visible = visible,
            };
            using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
            foreach (double bytes in load.MeasureReplica(scratch, runs).AllocatedBytes)
            {
                figures.Add($"whole process, {where}", "B/entry", FigureRole.Ours, bytes);
            }

            for (int run = 0; run < runs; run++)
            {
                using ChildProcess apply = ChildProcess.Start("apply", scratch[$"apply-{run}"], where);
                figures.Add($"{Path}, {where}", "B/entry", FigureRole.Ours, apply.ReadNumber("apply_bytes"));
                figures.Add($"{Publish}, {where}", "B/entry", FigureRole.Ours, apply.ReadNumber("sync_bytes"));
            }
        }

        MeasureOptions.Publish(parsed, ToReport(figures, runs));
        return 0;
    }

    private static Report ToReport(FigureSet figures, int runs)
    {
        List<Bar> bars = [];
        foreach (string where in new[] { "log", "store" })
        {
            foreach ((string name, double most) in new[] { ("whole process", 1), (Path, OfParts), (Publish, OfParts) })
            {
                bars.Add(new($"{name}, {where} (B)", figures.Median($"{name}, {where}"), most, AtLeast: false));
            }
        }

        return new Report
        {
            Name = "allocations",
            Description = "Managed bytes for each entry of 100 B in steady state.",
            Configuration =
            [
                new("value size", "100 B"),
                new("runs", runs.ToString(CultureInfo.InvariantCulture)),
                .. MeasureOptions.Machine,
            ],
            Figures = figures.All,
            Bars = bars,
        };
    }
}
