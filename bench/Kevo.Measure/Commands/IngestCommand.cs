using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Kevo.Measure.Limits;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>ingest</c>: relay and replica as two processes on loopback, durable, held against the receive-only ceiling and
/// the durable sequential write of the disk, all measured in turn in one run.
/// </summary>
public static class IngestCommand
{
    private static readonly Option<double> s_millions = new("--millions")
    {
        Description = "Millions of entries; the first half is warm-up.",
        DefaultValueFactory = _ => 8,
        Validators = { MeasureOptions.Positive<double> },
    };

    private static readonly Option<int> s_valueSize = new("--value-size")
    {
        Description = "Bytes of a value.",
        DefaultValueFactory = _ => 100,
        Validators = { MeasureOptions.Positive<int> },
    };

    private static readonly Option<string> s_keys = new("--keys")
    {
        Description = "Key order: sequential, or random:DISTINCT.",
        DefaultValueFactory = _ => "sequential",
        Validators = { CheckKeys },
    };

    private static readonly Option<string> s_codec = new("--codec")
    {
        Description = "Codec offered to the relay: none, zstd or snappy.",
        DefaultValueFactory = _ => "none",
    };

    private static readonly Option<int> s_batch = new("--batch")
    {
        Description = "Most MiB that the replica applies and syncs as one unit (its setting max-batch-size).",
        DefaultValueFactory = _ => 1,
        Validators = { MeasureOptions.Positive<int> },
    };

    private static readonly Option<bool> s_visible = new("--visible")
    {
        Description = "Through the store, readable when counted; without it, the log alone.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        s_codec.AcceptOnlyFromAmong(MeasureOptions.Codecs);
        var command = new Command("ingest", "A replica catching up with a relay, durable, beside its limits.")
        {
            s_millions, s_valueSize, s_keys, s_codec, s_batch, s_visible,
            MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static void CheckKeys(OptionResult result)
    {
        string order = result.GetValueOrDefault<string>();
        if (!RelayRole.TryReadOrder(order, out _))
        {
            result.AddError($"The order of keys is sequential, or random: and how many there are, not '{order}'.");
        }
    }

    private static int Run(ParseResult parsed)
    {
        var load = new IngestLoad
        {
            Entries = (long)(parsed.GetValue(s_millions) * 1_000_000),
            ValueSize = parsed.GetValue(s_valueSize),
            Keys = parsed.GetValue(s_keys)!,
            Codec = parsed.GetValue(s_codec)!,
            Visible = parsed.GetValue(s_visible),
            BatchMegabytes = parsed.GetValue(s_batch),
        };
        using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
        IngestRuns runs = load.Measure(scratch, parsed.GetValue(MeasureOptions.Runs));
        MeasureOptions.Publish(parsed, ToReport(runs, load));
        return 0;
    }

    private static Report ToReport(IngestRuns runs, IngestLoad load)
    {
        double ours = Spread.Of(runs.Ours).Median;
        string name = (load.Visible ? "ingest-visible" : "ingest")
            + (load.Keys == "sequential" ? "" : "-random")
            + (load.ValueSize == 100 ? "" : $"-{load.ValueSize}B") + (load.Codec == "none" ? "" : "-" + load.Codec)
            + (load.BatchMegabytes == 1 ? "" : $"-batches-of-{load.BatchMegabytes}MiB");
        double wanted = load.Visible && load.Keys != "sequential" ? 600_000 : 1_000_000;
        return new Report
        {
            Name = name,
            Description = "Relay and replica as two processes on loopback; every batch is synced before it counts.",
            Configuration =
            [
                new("entries", load.Entries.ToString("N0", CultureInfo.InvariantCulture) + ", half of them warm-up"),
                new("value size", $"{load.ValueSize} B"),
                new("keys", load.Keys),
                new("codec", load.Codec),
                new("batches", $"up to {load.BatchMegabytes} MiB"),
                new("behind the applier", load.Visible ? "the store (readable)" : "the log"),
                new("runs", runs.Ours.Count.ToString(CultureInfo.InvariantCulture)),
                .. MeasureOptions.Machine,
            ],
            Figures =
            [
                new("replica, durable", "entries/s", runs.Ours, FigureRole.Ours),
                new("receive, decode and drop", "entries/s", runs.Receive, FigureRole.Limit),
                new("durable sequential write", "entries/s", runs.Disk, FigureRole.Limit),
                new("receive and write, nothing else", "entries/s", runs.ReceiveAndWrite, FigureRole.Note),
                new("replica's share of that", "x", [runs.RatioToBoth], FigureRole.Note),
                new("replica, durable", "MB/s", runs.Ours.ConvertAll(load.ToMegabytes), FigureRole.Note),
                new("replica's processor time", "ns/entry", runs.CpuNanoseconds, FigureRole.Note),
                new("receiver's processor time", "ns/entry", runs.ReceiveCpuNanoseconds, FigureRole.Note),
                new("relay's processor time", "ns/entry", runs.RelayCpuNanoseconds, FigureRole.Note),
                new("the same while received only", "ns/entry", runs.RelayCpuWhileReceiving, FigureRole.Note),
                new("writer's processor time", "ns/entry", runs.WriteCpuNanoseconds, FigureRole.Note),
                new("left by writing, by processor time", "x", [runs.LeftByWriting], FigureRole.Note),
                new("allocated, whole process", "B/entry", runs.AllocatedBytes, FigureRole.Note),
                new("entries in a sync", "entries", runs.EntriesPerSync, FigureRole.Note),
            ],
            Bars =
            [
                new("ratio to the smaller limit", runs.Ratio, 0.8),
                new("entries per second", ours, wanted),
                new("processor time per entry (ns)", Spread.Of(runs.CpuNanoseconds).Median, 500, AtLeast: false),
                new("allocated per entry (B)", Spread.Of(runs.AllocatedBytes).Median, 1, AtLeast: false),
            ],
        };
    }
}
