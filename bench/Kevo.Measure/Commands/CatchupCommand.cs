using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>catchup</c>: how fast an empty replica gets a stock primary's history, by each way there is: the stream with an
/// acknowledgement per message, negative acknowledgements, a snapshot, and the sidecar beside its files.
/// </summary>
public static class CatchupCommand
{
    private const int ValueSize = 100;
    private const string Plain = "stream, acknowledge each message";

    private static readonly string[] s_milestones = ["opened_ms", "first_durable_ms", "applying_ms", "syncing_ms"];

    private static readonly Option<int> s_entries = new("--entries")
    {
        Description = "Entries that the primary holds.",
        DefaultValueFactory = _ => 20_000,
        Validators = { MeasureOptions.Positive<int> },
    };

    private static readonly Option<double> s_window = new("--window")
    {
        Description = "Seconds after which a slow way is cut off; its rate is that of the time until then.",
        DefaultValueFactory = _ => 20,
        Validators = { MeasureOptions.Positive<double> },
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("catchup", "An empty replica behind a stock primary, by every way there is.")
        {
            s_entries, s_window, MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        int entries = parsed.GetValue(s_entries);
        double window = parsed.GetValue(s_window);
        int runs = parsed.GetValue(MeasureOptions.Runs);
        var figures = new FigureSet();
        using ChildProcess primary = ChildProcess.Start("stock-primary", Text(entries), Text(ValueSize));
        string port = primary.Read("port");
        string client = primary.Read("client_port");
        for (int run = 0; run < runs; run++)
        {
            using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
            Sidecar(scratch, entries, window, figures);
            figures.Add("snapshot", "keys/s", FigureRole.Ours,
                Follow("listen", port, client, scratch["listen"], entries, window));
            figures.Add(Plain, "entries/s", FigureRole.Limit,
                Follow("tick", port, client, scratch["tick"], entries, window));
            figures.Add("fill, by negative acknowledgements", "entries/s", FigureRole.Note,
                Follow("fill", port, client, scratch["fill"], entries, window));
        }

        MeasureOptions.Publish(parsed, ToReport(figures, entries, window, runs));
        return 0;
    }

    private static double Follow(
        string mode, string port, string client, string directory, int entries, double window)
    {
        using ChildProcess replica = StartReplica(mode, client, directory, entries, window);
        replica.Tell(port);
        double reached = replica.ReadNumber("entries");
        return reached / replica.ReadNumber("seconds");
    }

    /// <summary>
    /// Twice: both beginning at the same moment, each with nothing; and a sidecar that runs, which has copied
    /// everything and served a replica, and an empty replica.
    /// </summary>
    private static void Sidecar(ScratchDirectory scratch, int entries, double window, FigureSet figures)
    {
        string stock = scratch["kevo"];
        WriteFiles(stock, entries);
        using (ChildProcess replica = StartReplica("relay", "1", scratch["together"], entries, window))
        using (ChildProcess sidecar = ChildProcess.Start("sidecar", stock, scratch["fresh"], Text(entries)))
        {
            sidecar.Read("ready");
            long begun = Stopwatch.GetTimestamp();
            sidecar.Tell("begin");
            replica.Tell(sidecar.Read("port"));
            replica.Read("seconds");
            figures.Add("sidecar and replica, both from nothing", "entries/s", FigureRole.Ours,
                entries / Stopwatch.GetElapsedTime(begun).TotalSeconds);
        }

        using (ChildProcess sidecar = ChildProcess.Start("sidecar", stock, scratch["sidecar"], Text(entries)))
        using (ChildProcess replica = StartReplica("relay", "1", scratch["replica"], entries, window))
        {
            sidecar.Tell("begin");
            string port = sidecar.Read("port");
            figures.Add("sidecar, copying the files", "entries/s", FigureRole.Note,
                entries / sidecar.ReadNumber("seconds"));

            // One that runs beside its primary has served before.
            using (ChildProcess first = StartReplica("relay", "1", scratch["first"], entries, window))
            {
                first.Tell(port);
                first.Read("seconds");
            }

            replica.Tell(port);
            foreach (string milestone in s_milestones)
            {
                figures.Add($"sidecar, {milestone}", "ms", FigureRole.Note, replica.ReadNumber(milestone));
            }

            figures.Add("sidecar", "entries/s", FigureRole.Ours, entries / replica.ReadNumber("seconds"));
        }
    }

    private static void WriteFiles(string directory, int entries)
    {
        using var writer = new StockFileWriter(directory, ValueSize);
        for (int i = 0; i < entries; i++)
        {
            writer.Put();
        }

        writer.Sync();
    }

    private static ChildProcess StartReplica(
        string mode, string client, string directory, int entries, double window)
    {
        ChildProcess replica =
            ChildProcess.Start("stock-replica", mode, client, directory, Text(entries), Text(window));
        replica.Read("ready");
        return replica;
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static Report ToReport(FigureSet figures, int entries, double window, int runs)
    {
        double plain = figures.Median(Plain);
        return new Report
        {
            Name = $"catchup-{entries}",
            Description =
                "An empty replica gets a stock primary's history: from the moment it dials to the last entry readable, "
                + "all processes running. The primary is the simulated one, whose every read of its log takes 0.7 us "
                + "an entry, as the real one was measured to take.",
            Configuration =
            [
                new("entries", entries.ToString("N0", CultureInfo.InvariantCulture)),
                new("value size", $"{ValueSize} B"),
                new("cut off after", $"{window} s"),
                new("runs", runs.ToString(CultureInfo.InvariantCulture)),
                .. MeasureOptions.Machine,
            ],
            Figures = figures.All,
            Bars =
            [
                new("sidecar, as a multiple of the plain stream", figures.Median("sidecar") / plain, 200),
                new("both from nothing, as a multiple of the plain stream",
                    figures.Median("sidecar and replica, both from nothing") / plain, 200),
                new("snapshot (keys/s)", figures.Median("snapshot"), 100_000),
            ],
        };
    }
}
