using System.CommandLine;
using System.Globalization;
using Kevo.Measure.Limits;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>latency</c>: from a put at the relay to the moment the entry can be read at the replica, at several rates, beside
/// one small sync of the disk and one round trip, measured in the same run.
/// </summary>
public static class LatencyCommand
{
    private const string PacedFloor = "sync + round trip, each after a pause";

    // As the puts of the slowest rate have it: nothing happens before the next millisecond.
    private const int PauseMilliseconds = 1;

    private static readonly int[] s_rates = [1_000, 10_000, 100_000];

    private static readonly Option<double> s_seconds = new("--seconds")
    {
        Description = "Seconds of puts at each rate; the first fifth is warm-up.",
        DefaultValueFactory = _ => 5,
        Validators = { MeasureOptions.Positive<double> },
    };

    private static readonly Option<bool> s_sidecar = new("--sidecar")
    {
        Description = "From the sync of stock's log file to readable behind the sidecar instead, at 200 puts a second.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("latency", "Put at the relay to readable at the replica, beside sync + round trip.")
        {
            s_seconds, s_sidecar, MeasureOptions.Runs, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction(parsed => parsed.GetValue(s_sidecar) ? SidecarLatency.Run(parsed) : Run(parsed));
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var figures = new FigureSet();
        int runs = parsed.GetValue(MeasureOptions.Runs);
        double seconds = parsed.GetValue(s_seconds);
        for (int run = 0; run < runs; run++)
        {
            using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
            double sync = SmallSync.MedianMicroseconds(scratch.Path, 200);
            double trip = RoundTrip();
            figures.Add("one small sync", "us", FigureRole.Limit, sync);
            figures.Add("one round trip", "us", FigureRole.Limit, trip);
            figures.Add("sync + round trip", "us", FigureRole.Limit, sync + trip);
            double pacedSync = SmallSync.MedianMicroseconds(
                scratch.Path, 200, TimeSpan.FromMilliseconds(PauseMilliseconds));
            double pacedTrip = RoundTrip(PauseMilliseconds.ToString(CultureInfo.InvariantCulture));
            figures.Add("one small sync after a pause of 1 ms", "us", FigureRole.Limit, pacedSync);
            figures.Add("one round trip after a pause of 1 ms", "us", FigureRole.Limit, pacedTrip);
            figures.Add(PacedFloor, "us", FigureRole.Limit, pacedSync + pacedTrip);
            MeasureRates(scratch, seconds, figures);
        }

        MeasureOptions.Publish(parsed, ToReport(figures, runs, seconds));
        return 0;
    }

    private static void MeasureRates(ScratchDirectory scratch, double seconds, FigureSet figures)
    {
        using ChildProcess relay = ChildProcess.Start("paced-relay", scratch["relay"]);
        string port = relay.Read("port");
        using ChildProcess replica = ChildProcess.Start("latency-replica", port, scratch["replica"]);
        replica.Read("ready");

        // Both processes run the whole path once before anything counts.
        Put(relay, replica, 5_000, 1);
        foreach (int rate in s_rates)
        {
            Put(relay, replica, rate, seconds);
            figures.Add(Name(rate, "p50"), "us", FigureRole.Ours, replica.ReadNumber("p50_us"));
            figures.Add(Name(rate, "p99"), "us", FigureRole.Ours, replica.ReadNumber("p99_us"));
            figures.Add(Name(rate, "longest"), "us", FigureRole.Note, replica.ReadNumber("max_us"));
        }
    }

    private static void Put(ChildProcess relay, ChildProcess replica, int rate, double seconds)
    {
        relay.Tell(string.Create(CultureInfo.InvariantCulture, $"{rate} {seconds}"));
        replica.Tell(relay.Read("last"));
        replica.Read("entries");
    }

    private static string Name(int rate, string what) =>
        string.Create(CultureInfo.InvariantCulture, $"{rate:N0} entries/s, {what}");

    private static double RoundTrip(params string[] pause)
    {
        using ChildProcess server = ChildProcess.Start("echo", "100");
        using ChildProcess client = ChildProcess.Start(
            "get-load", [server.Read("port"), "1", "1", "2", "1", "100", .. pause]);
        client.Read("calls_per_second");
        return client.ReadNumber("p50_us");
    }

    private static Report ToReport(FigureSet figures, int runs, double seconds)
    {
        double floor = figures.Median("sync + round trip");
        List<Bar> bars = [];
        foreach (int rate in s_rates)
        {
            bars.Add(new(
                Name(rate, "p50 as a multiple of sync + round trip"), figures.Median(Name(rate, "p50")) / floor, 2,
                AtLeast: false));
        }

        bars.Add(new(
            Name(s_rates[0], "p50 as a multiple of " + PacedFloor),
            figures.Median(Name(s_rates[0], "p50")) / figures.Median(PacedFloor), 2, AtLeast: false));
        bars.Add(new("10,000 entries/s, p99 (us)", figures.Median(Name(10_000, "p99")), 10_000, AtLeast: false));
        return new Report
        {
            Name = "latency",
            Description = "From a put at the relay (its own sync included) to readable at the replica, two processes.",
            Configuration =
            [
                new("value size", "100 B"),
                new("seconds at each rate", seconds.ToString(CultureInfo.InvariantCulture)),
                new("runs", runs.ToString(CultureInfo.InvariantCulture)),
                .. MeasureOptions.Machine,
            ],
            Figures = figures.All,
            Bars = bars,
        };
    }
}
