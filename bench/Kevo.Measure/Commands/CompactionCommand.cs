using System.CommandLine;
using Kevo.Measure.Limits;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;
using static Kevo.Measure.Commands.Numbers;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>compaction</c>: keys overwritten without pause while the background flushes and merges: how steady ingest is, and
/// what is written for it.
/// </summary>
public static class CompactionCommand
{
    private const int ValueSize = 100;

    private static readonly Option<double> s_millions = new("--millions")
    {
        Description = "Millions of distinct keys.",
        DefaultValueFactory = _ => 5,
        Validators = { MeasureOptions.Positive<double> },
    };

    private static readonly Option<double> s_seconds = new("--seconds")
    {
        Description = "How long, each of the store and of the bare program after it. The long form is 600.",
        DefaultValueFactory = _ => 60,
        Validators = { MeasureOptions.Positive<double> },
    };

    private static readonly Option<int> s_limit = new("--memory-limit-mib")
    {
        Description = "Memory limit of the store, in MiB.",
        DefaultValueFactory = _ => 256,
        Validators = { MeasureOptions.Positive<int> },
    };

    private static readonly Option<string[]> s_workloads = new("--workloads")
    {
        Description = "Which keys are overwritten, one run after the other.",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => ["uniform", "skewed"],
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        s_workloads.AcceptOnlyFromAmong("uniform", "skewed");
        var command = new Command("compaction", "Sustained overwriting while the background flushes and merges.")
        {
            s_millions, s_seconds, s_limit, s_workloads, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var figures = new FigureSet();
        string[] workloads = parsed.GetValue(s_workloads)!;
        foreach (string keys in workloads)
        {
            using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
            (double frame, double log) = Overwrite(scratch["store"], keys, parsed, figures);
            Directory.Delete(scratch["store"], recursive: true);
            MeasureDisk(scratch.Path, keys, parsed, figures, frame, log);
        }

        MeasureOptions.Publish(parsed, new Report
        {
            Name = "compaction",
            Description =
                "Keys overwritten without pause, every batch synced; skewed: the fourth power of a uniform number.",
            Configuration =
            [
                new("distinct keys", Text((long)(parsed.GetValue(s_millions) * 1e6))),
                new("value size", $"{ValueSize} B"),
                new("entries in a batch", "4,096"),
                new("seconds", Argument(parsed.GetValue(s_seconds))),
                new("memory limit", $"{parsed.GetValue(s_limit)} MiB"),
                new("processors", Text(Environment.ProcessorCount)),
            ],
            Figures = figures.All,
            Bars = [.. workloads.SelectMany(keys => ToBars(keys, figures))],
        });
        return 0;
    }

    private static Bar[] ToBars(string keys, FigureSet figures) =>
    [
        new(
            $"{keys}: ingest, second half to best second",
            figures.Median($"{keys}: ingest, second half") / figures.Median($"{keys}: ingest, best second"),
            0.5),
        new($"{keys}: longest pause (ms)", figures.Median($"{keys}: longest pause"), 50, AtLeast: false),
        new($"{keys}: write amplification", figures.Median($"{keys}: write amplification"), 8, AtLeast: false),
    ];

    private static (double FrameBytes, double LogBytesPerSecond) Overwrite(
        string directory, string keys, ParseResult parsed, FigureSet figures)
    {
        using ChildProcess store = ChildProcess.Start(
            "overwrite", directory, Argument((long)(parsed.GetValue(s_millions) * 1e6)), Argument(ValueSize),
            Argument((long)parsed.GetValue(s_limit) << 20), Argument(parsed.GetValue(s_seconds)), keys);
        void Add(string name, string unit, FigureRole role, string said, double scale = 1) =>
            figures.Add($"{keys}: {name}", unit, role, store.ReadNumber(said) * scale);
        Add("ingest, best second", "entries/s", FigureRole.Limit, "peak_per_second");
        Add("ingest, second half", "entries/s", FigureRole.Ours, "second_half_per_second");
        Add("ingest, slowest second", "entries/s", FigureRole.Note, "slowest_second");
        Add("longest pause", "ms", FigureRole.Ours, "longest_pause_ms");
        Add("of it, the writer's own work", "ms", FigureRole.Note, "longest_pause_work_ms");
        Add("pauses over 50 ms", "pauses", FigureRole.Note, "pauses_over_50_ms");
        Add("longest sync of a batch", "ms", FigureRole.Note, "longest_sync_ms");
        Add("write amplification", "x", FigureRole.Ours, "write_amplification");
        Add("space amplification, at most", "x", FigureRole.Note, "space_amplification");
        Add("most resident", "MiB", FigureRole.Note, "peak_bytes", 1.0 / (1 << 20));
        return (store.ReadNumber("frame_bytes"), store.ReadNumber("log_bytes_per_second"));
    }

    // The same amounts by a program that does nothing else, on the same disk, for as long.
    private static void MeasureDisk(
        string directory, string keys, ParseResult parsed, FigureSet figures, double frameBytes, double logBytes)
    {
        double amplification = figures.Median($"{keys}: write amplification");
        (double longest, int over50) = SyncBesideWrites.Measure(
            directory,
            TimeSpan.FromSeconds(parsed.GetValue(s_seconds)),
            (int)frameBytes,
            logBytes / frameBytes,
            logBytes * amplification);
        figures.Add($"{keys}: longest sync of a bare program", "ms", FigureRole.Limit, longest);
        figures.Add($"{keys}: its syncs over 50 ms", "syncs", FigureRole.Note, over50);
    }
}
