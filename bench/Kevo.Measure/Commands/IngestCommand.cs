using System.CommandLine;
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
        Description = "Millions of entries.",
        DefaultValueFactory = _ => 5,
    };

    private static readonly Option<int> s_valueSize = new("--value-size")
    {
        Description = "Bytes of a value.",
        DefaultValueFactory = _ => 100,
    };

    private static readonly Option<string> s_keys = new("--keys")
    {
        Description = "Key order: sequential, or random:DISTINCT.",
        DefaultValueFactory = _ => "sequential",
    };

    private static readonly Option<string> s_codec = new("--codec")
    {
        Description = "Codec offered to the relay: none, zstd or snappy.",
        DefaultValueFactory = _ => "none",
    };

    private static readonly Option<bool> s_visible = new("--visible")
    {
        Description = "Through the store, readable when counted; without it, the log alone.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("ingest", "A replica catching up with a relay, durable, beside its limits.")
        {
            s_millions, s_valueSize, s_keys, s_codec, s_visible,
            MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        long entries = (long)(parsed.GetValue(s_millions) * 1_000_000);
        int valueSize = parsed.GetValue(s_valueSize);
        bool visible = parsed.GetValue(s_visible);
        string keys = parsed.GetValue(s_keys)!;
        string codec = parsed.GetValue(s_codec)!;
        using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
        using ChildProcess relay = ChildProcess.Start(
            "relay", scratch["relay"], entries.ToString(CultureInfo.InvariantCulture),
            valueSize.ToString(CultureInfo.InvariantCulture), keys);
        string last = relay.Read("last");
        string port = relay.Read("port");
        var ours = new IngestRuns();
        for (int run = 0; run < parsed.GetValue(MeasureOptions.Runs); run++)
        {
            MeasureReceive(ours, port, last, codec, entries);
            MeasureReplica(ours, scratch, port, last, visible, codec, entries);
            MeasureDisk(ours, scratch, entries, valueSize);
        }

        Report report = ToReport(ours, entries, valueSize, keys, codec, visible);
        MeasureOptions.Publish(parsed, report);
        return 0;
    }

    private static void MeasureReceive(IngestRuns runs, string port, string last, string codec, long entries)
    {
        using ChildProcess receiver = ChildProcess.Start("receive", port, last, codec);
        runs.Receive.Add(entries / receiver.ReadNumber("seconds"));
    }

    private static void MeasureReplica(
        IngestRuns runs, ScratchDirectory scratch, string port, string last, bool visible, string codec, long entries)
    {
        string directory = scratch["replica"];
        using (ChildProcess replica = ChildProcess.Start(
            "replica", port, directory, last, visible ? "store" : "log", codec))
        {
            runs.Ours.Add(entries / replica.ReadNumber("seconds"));
            runs.CpuNanoseconds.Add(replica.ReadNumber("cpu_seconds") * 1e9 / entries);
            runs.AllocatedBytes.Add(replica.ReadNumber("allocated_bytes") / entries);
            runs.EntriesPerSync.Add(entries / replica.ReadNumber("batches"));
        }

        Directory.Delete(directory, recursive: true);
    }

    /// <summary>The same bytes as the log writes, in batches of the size it syncs.</summary>
    private static void MeasureDisk(IngestRuns runs, ScratchDirectory scratch, long entries, int valueSize)
    {
        long entryBytes = BytesInLog(valueSize);
        double perSecond = DurableSequentialWrite.Measure(
            scratch.Path, entries * entryBytes, (int)Math.Min(runs.EntriesPerSync[^1] * entryBytes, 1 << 30));
        runs.Disk.Add(perSecond / entryBytes);
    }

    // Length prefix, payload head, a 16-byte key, value length, value.
    private static long BytesInLog(int valueSize) => 4 + 13 + 16 + 4 + valueSize;

    private static Report ToReport(
        IngestRuns runs, long entries, int valueSize, string keys, string codec, bool visible)
    {
        double ours = Spread.Of(runs.Ours).Median;
        double limit = Math.Min(Spread.Of(runs.Receive).Median, Spread.Of(runs.Disk).Median);
        List<double> megabytes = runs.Ours.ConvertAll(perSecond => perSecond * BytesInLog(valueSize) / 1e6);
        string name = (visible ? "ingest-visible" : "ingest")
            + (keys == "sequential" ? "" : "-random")
            + (valueSize == 100 ? "" : $"-{valueSize}B") + (codec == "none" ? "" : "-" + codec);
        return new Report
        {
            Name = name,
            Description = "Relay and replica as two processes on loopback; every batch is synced before it counts.",
            Configuration =
            [
                new("entries", entries.ToString("N0", CultureInfo.InvariantCulture)),
                new("value size", $"{valueSize} B"),
                new("keys", keys),
                new("codec", codec),
                new("behind the applier", visible ? "the store (readable)" : "the log"),
                new("runs", runs.Ours.Count.ToString(CultureInfo.InvariantCulture)),
                new("processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
            ],
            Figures =
            [
                new("replica, durable", "entries/s", runs.Ours, FigureRole.Ours),
                new("receive, decode and drop", "entries/s", runs.Receive, FigureRole.Limit),
                new("durable sequential write", "entries/s", runs.Disk, FigureRole.Limit),
                new("replica, durable", "MB/s", megabytes, FigureRole.Note),
                new("replica's processor time", "ns/entry", runs.CpuNanoseconds, FigureRole.Note),
                new("allocated, whole process", "B/entry", runs.AllocatedBytes, FigureRole.Note),
                new("entries in a sync", "entries", runs.EntriesPerSync, FigureRole.Note),
            ],
            Bars =
            [
                new("ratio to the smaller limit", ours / limit, 0.8),
                new("entries per second", ours, visible ? (keys == "sequential" ? 1_000_000 : 600_000) : 1_000_000),
                new("processor time per entry (ns)", Spread.Of(runs.CpuNanoseconds).Median, 500, AtLeast: false),
                new("allocated per entry (B)", Spread.Of(runs.AllocatedBytes).Median, 1, AtLeast: false),
            ],
        };
    }
}
