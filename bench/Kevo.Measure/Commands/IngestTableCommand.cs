using System.CommandLine;
using System.Globalization;
using Kevo.Measure.Reporting;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>ingest-table</c>: <c>ingest</c> at several value sizes with one codec after the other, each beside its limits.
/// </summary>
public static class IngestTableCommand
{
    private static readonly Option<int[]> s_sizes = new("--value-sizes")
    {
        Description = "Bytes of the values.",
        DefaultValueFactory = _ => [10, 100, 1 << 10, 16 << 10, 1 << 20],
        AllowMultipleArgumentsPerToken = true,
        Validators = { MeasureOptions.Positive<int> },
    };

    private static readonly Option<string[]> s_codecs = new("--codecs")
    {
        Description = "Codecs offered to the relay.",
        DefaultValueFactory = _ => MeasureOptions.Codecs,
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<int> s_megabytes = new("--megabytes")
    {
        Description = "Megabytes of log for each size, at most 8 million entries; the first half is warm-up.",
        DefaultValueFactory = _ => 900,
        Validators = { MeasureOptions.Positive<int> },
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        s_codecs.AcceptOnlyFromAmong(MeasureOptions.Codecs);
        var command = new Command("ingest-table", "Ingest at several value sizes and codecs, beside its limits.")
        {
            s_sizes, s_codecs, s_megabytes, MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        int runs = parsed.GetValue(MeasureOptions.Runs);
        int megabytes = parsed.GetValue(s_megabytes);
        foreach (string codec in parsed.GetValue(s_codecs)!)
        {
            List<Figure> figures = [];
            List<Bar> bars = [];
            foreach (int size in parsed.GetValue(s_sizes)!)
            {
                using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
                var load = new IngestLoad
                {
                    Entries = Math.Min(8_000_000, megabytes * 1_000_000L / (size + 37)),
                    ValueSize = size,
                    Codec = codec,
                };
                Add(load, load.Measure(scratch, runs), figures, bars);
            }

            MeasureOptions.Publish(parsed, new Report
            {
                Name = "ingest-table-" + codec,
                Description = "Relay and replica on loopback, durable, by size of value; megabytes are of the log.",
                Configuration =
                [
                    new("codec", codec),
                    new("runs", runs.ToString(CultureInfo.InvariantCulture)),
                    .. MeasureOptions.Machine,
                ],
                Figures = figures,
                Bars = bars,
            });
        }

        return 0;
    }

    private static void Add(IngestLoad load, IngestRuns runs, List<Figure> figures, List<Bar> bars)
    {
        string size = load.ValueSize.ToString("N0", CultureInfo.InvariantCulture) + " B";
        figures.Add(new($"{size}: replica", "MB/s", runs.Ours.ConvertAll(load.ToMegabytes), FigureRole.Ours));
        figures.Add(new($"{size}: receive", "MB/s", runs.Receive.ConvertAll(load.ToMegabytes), FigureRole.Limit));
        figures.Add(new($"{size}: disk", "MB/s", runs.Disk.ConvertAll(load.ToMegabytes), FigureRole.Limit));
        figures.Add(new(
            $"{size}: receive and write", "MB/s", runs.ReceiveAndWrite.ConvertAll(load.ToMegabytes), FigureRole.Note));
        figures.Add(new($"{size}: replica's share of that", "x", [runs.RatioToBoth], FigureRole.Note));
        figures.Add(new($"{size}: processor", "ns/entry", runs.CpuNanoseconds, FigureRole.Note));
        figures.Add(new($"{size}: receiver's processor", "ns/entry", runs.ReceiveCpuNanoseconds, FigureRole.Note));
        figures.Add(new($"{size}: relay's, receiving", "ns/entry", runs.RelayCpuWhileReceiving, FigureRole.Note));
        figures.Add(new($"{size}: writer's processor", "ns/entry", runs.WriteCpuNanoseconds, FigureRole.Note));
        figures.Add(new($"{size}: left by writing", "x", [runs.LeftByWriting], FigureRole.Note));
        figures.Add(new($"{size}: rate", "entries/s", runs.Ours, FigureRole.Note));
        if (load.ValueSize >= 1 << 10)
        {
            bars.Add(new($"{size}: ratio to the smaller limit", runs.Ratio, 0.8));
        }
    }
}
