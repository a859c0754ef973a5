using System.CommandLine;
using System.Globalization;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>idle</c>: what a follower costs that has nothing to do: the published executable, level with a relay that writes
/// nothing, serving reads and the admin endpoint to nobody.
/// </summary>
public static class IdleCommand
{
    private const double Megabyte = 1e6;
    private const string Resident = "resident memory";
    private const string Processor = "processor";

    private static readonly Option<string> s_executable = new("--executable")
    {
        Description = "The executable to measure.",
        DefaultValueFactory = _ => "artifacts/publish/kevo-replica/release_linux-x64/kevo-replica",
    };

    private static readonly Option<long> s_entries = new("--entries")
    {
        Description = "Entries of 100 bytes that the follower fetches before it falls idle.",
        DefaultValueFactory = _ => 10_000,
        Validators = { MeasureOptions.Positive<long> },
    };

    private static readonly Option<int> s_settle = new("--settle")
    {
        Description = "Seconds between being level with the relay and the measurement.",
        DefaultValueFactory = _ => 25,
    };

    private static readonly Option<int> s_seconds = new("--seconds")
    {
        Description = "Seconds to measure.",
        DefaultValueFactory = _ => 20,
        Validators = { MeasureOptions.Positive<int> },
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command("idle", "Memory and processor time of a follower with nothing to do.")
        {
            s_executable, s_entries, s_settle, s_seconds, MeasureOptions.Runs, MeasureOptions.Output,
            MeasureOptions.Scratch,
        };
        command.SetAction((parsed, _) => RunAsync(parsed));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        string executable = Path.GetFullPath(parsed.GetValue(s_executable)!);
        long entries = parsed.GetValue(s_entries);
        var figures = new FigureSet();
        for (int run = 0; run < parsed.GetValue(MeasureOptions.Runs); run++)
        {
            using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
            using ChildProcess relay = ChildProcess.Start(
                "relay", scratch["relay"], entries.ToString(CultureInfo.InvariantCulture), "100", "sequential");
            _ = relay.Read("last");
            using IdleFollower follower =
                IdleFollower.Start(executable, $"127.0.0.1:{relay.Read("port")}", scratch["replica"]);
            await follower.UntilReadyAsync();
            await Task.Delay(TimeSpan.FromSeconds(parsed.GetValue(s_settle)));
            await MeasureAsync(follower, parsed.GetValue(s_seconds), figures);
        }

        MeasureOptions.Publish(parsed, ToReport(figures, entries));
        return 0;
    }

    private static async Task MeasureAsync(IdleFollower follower, int seconds, FigureSet figures)
    {
        double cpu = follower.CpuSeconds();
        long wakeups = follower.Wakeups();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        figures.Add(Processor, "% of a core", FigureRole.Ours, (follower.CpuSeconds() - cpu) / seconds * 100);
        figures.Add("wake-ups", "/s", FigureRole.Note, (follower.Wakeups() - wakeups) / (double)seconds);
        figures.Add(Resident, "MB", FigureRole.Ours, follower.Bytes("VmRSS") / Megabyte);
        figures.Add("of it anonymous", "MB", FigureRole.Note, follower.Bytes("RssAnon") / Megabyte);
        figures.Add("of it mapped files", "MB", FigureRole.Note, follower.Bytes("RssFile") / Megabyte);
        figures.Add("most resident so far", "MB", FigureRole.Note, follower.Bytes("VmHWM") / Megabyte);
    }

    private static Report ToReport(FigureSet figures, long entries) => new()
    {
        Name = "idle",
        Description = "The executable, level with a relay that writes nothing; figures of /proc.",
        Configuration = [new("entries", entries.ToString("N0", CultureInfo.InvariantCulture))],
        Figures = figures.All,
        Bars =
        [
            new("resident memory (MB)", figures.Median(Resident), 30, AtLeast: false),
            new("processor (% of a core)", figures.Median(Processor), 0.5, AtLeast: false),
        ],
    };
}
