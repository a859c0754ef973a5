using System.CommandLine;
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

    private static readonly Option<int> s_entries = new("--entries")
    {
        Description = "Entries that the primary holds.",
        DefaultValueFactory = _ => 20_000,
    };

    private static readonly Option<double> s_window = new("--window")
    {
        Description = "Seconds after which a slow way is cut off; its rate is that of the time until then.",
        DefaultValueFactory = _ => 20,
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
            figures.Add("sidecar", "entries/s", FigureRole.Ours, Sidecar(scratch, entries, window));
            figures.Add("snapshot", "keys/s", FigureRole.Ours,
                Follow("listen", port, client, scratch["listen"], entries, window));
            figures.Add("stream, acknowledge each message", "entries/s", FigureRole.Limit,
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
        using ChildProcess replica =
            ChildProcess.Start("stock-replica", mode, port, client, directory, Text(entries), Text(window));
        double reached = replica.ReadNumber("entries");
        return reached / replica.ReadNumber("seconds");
    }

    /// <summary>
    /// What the sidecar takes to copy everything from the files, and after that what the replica takes to have
    /// everything visible. In use the two go on at the same time.
    /// </summary>
    private static double Sidecar(ScratchDirectory scratch, int entries, double window)
    {
        string stock = scratch["kevo"];
        using (var writer = new StockFileWriter(stock, ValueSize))
        {
            for (int i = 0; i < entries; i++)
            {
                writer.Put();
            }

            writer.Sync();
        }

        using ChildProcess sidecar = ChildProcess.Start("sidecar", stock, scratch["sidecar"], Text(entries));
        double copied = sidecar.ReadNumber("seconds");
        return entries / (copied + Seconds(sidecar.Read("port"), scratch["replica"], entries, window));
    }

    private static double Seconds(string port, string directory, int entries, double window)
    {
        using ChildProcess replica =
            ChildProcess.Start("stock-replica", "relay", port, port, directory, Text(entries), Text(window));
        replica.Read("entries");
        return replica.ReadNumber("seconds");
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static Report ToReport(FigureSet figures, int entries, double window, int runs)
    {
        double plain = figures.Median("stream, acknowledge each message");
        return new Report
        {
            Name = $"catchup-{entries}",
            Description =
                "An empty replica gets a stock primary's history. The primary is the simulated one, whose every read "
                + "of its log takes 0.7 us an entry, as the real one was measured to take.",
            Configuration =
            [
                new("entries", entries.ToString("N0", CultureInfo.InvariantCulture)),
                new("value size", $"{ValueSize} B"),
                new("cut off after", $"{window} s"),
                new("runs", runs.ToString(CultureInfo.InvariantCulture)),
                new("processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
            ],
            Figures = figures.All,
            Bars =
            [
                new("sidecar, as a multiple of the plain stream", figures.Median("sidecar") / plain, 200),
                new("snapshot (keys/s)", figures.Median("snapshot"), 100_000),
            ],
        };
    }
}
