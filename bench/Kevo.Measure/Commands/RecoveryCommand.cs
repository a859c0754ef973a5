using System.CommandLine;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;
using static Kevo.Measure.Commands.Numbers;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>recovery</c>: the scan of a log whose writer was killed, beside plain reading of the same files, and opening a
/// store that is larger than memory.
/// </summary>
public static class RecoveryCommand
{
    private const int ValueSize = 100;

    private static readonly Option<double> s_gibibytes = new("--gibibytes")
    {
        Description = "Length of the log. The long form is 4.",
        DefaultValueFactory = _ => 1,
        Validators = { MeasureOptions.Positive<double> },
    };

    private static readonly Option<double> s_millions = new("--millions")
    {
        Description = "Millions of keys in the store that is opened; 20 make more than 2 GB.",
        DefaultValueFactory = _ => 20,
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
        var command = new Command("recovery", "Scan of a log tail, and opening a store larger than memory.")
        {
            s_gibibytes, s_millions, s_limit, MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        long entries = (long)(parsed.GetValue(s_gibibytes) * (1L << 30) / BytesInLog(ValueSize));
        long keys = (long)(parsed.GetValue(s_millions) * 1e6);
        string memory = Argument((long)parsed.GetValue(s_limit) << 20);
        int runs = parsed.GetValue(MeasureOptions.Runs);
        var figures = new FigureSet();
        using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
        ScanLog(scratch["log"], entries, runs, figures);
        string[] store = [scratch["store"], Argument(keys), Argument(ValueSize), memory];
        using (ChildProcess filling = ChildProcess.Start("grow", store))
        {
            figures.Add("tables", "MB", FigureRole.Note, filling.ReadNumber("table_bytes") / 1e6);
        }

        for (int run = 0; run < runs; run++)
        {
            using ChildProcess opening = ChildProcess.Start("reopen", store);
            figures.Add("store, open to first Get", "s", FigureRole.Ours, opening.ReadNumber("open_seconds"));
        }

        MeasureOptions.Publish(parsed, ToReport(figures, entries, keys, parsed));
        return 0;
    }

    private static void ScanLog(string directory, long entries, int runs, FigureSet figures)
    {
        string last;
        using (ChildProcess relay = ChildProcess.Start(
            "relay", directory, Argument(entries), Argument(ValueSize), "sequential"))
        {
            // Killed, not stopped: what recovery finds is what a crash leaves.
            last = relay.Read("last");
        }

        for (int run = 0; run < runs; run++)
        {
            using ChildProcess scan = ChildProcess.Start("log-scan", directory, last);
            double bytes = scan.ReadNumber("bytes");
            figures.Add("recovery's scan", "MB/s", FigureRole.Ours, bytes / scan.ReadNumber("seconds") / 1e6);
            figures.Add("reading the files", "MB/s", FigureRole.Limit, bytes / scan.ReadNumber("read_seconds") / 1e6);
        }

        Directory.Delete(directory, recursive: true);
    }

    private static Report ToReport(FigureSet figures, long entries, long keys, ParseResult parsed) => new()
    {
        Name = "recovery",
        Description = "A killed writer's log scanned whole from the page cache, and a checkpointed store opened.",
        Configuration =
        [
            new("entries in the log", Text(entries)),
            new("keys in the store", Text(keys)),
            new("value size", $"{ValueSize} B"),
            new("memory limit", $"{parsed.GetValue(s_limit)} MiB"),
            new("runs", Text(parsed.GetValue(MeasureOptions.Runs))),
            new("processors", Text(Environment.ProcessorCount)),
        ],
        Figures = figures.All,
        Bars =
        [
            new("recovery's scan (MB/s)", figures.Median("recovery's scan"), 1_000),
            new("store, open to first Get (s)", figures.Median("store, open to first Get"), 2, AtLeast: false),
        ],
    };
}
