using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kevo.Measure.Reporting;
using Kevo.Measure.Roles;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>flame</c>: where the processor time of a replica goes that catches up with a relay, as a picture. Needs
/// <c>perf</c>, and this program compiled ahead of time, whose functions have names.
/// </summary>
public static class FlameCommand
{
    /// <summary>Its name on the command line.</summary>
    public const string Name = "flame";

    private const string Frequency = "1500";

    private static readonly Option<long> s_millions = new("--millions")
    {
        Description = "Millions of entries of 100 bytes.",
        DefaultValueFactory = _ => 8,
        Validators = { MeasureOptions.Positive<long> },
    };

    private static readonly Option<bool> s_visible = new("--visible")
    {
        Description = "Through the store, readable when counted; without it, the log alone.",
    };

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var command = new Command(Name, "Where a replica's processor time goes, as a flame graph (needs perf).")
        {
            s_millions, s_visible, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction((parsed, cancellation) => RunAsync(parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        if (parsed.GetValue(MeasureOptions.Output) is not { } directory)
        {
            Console.Error.WriteLine("A flame graph is a file: say with --output where it goes.");
            return 2;
        }

        long entries = parsed.GetValue(s_millions) * 1_000_000;
        bool visible = parsed.GetValue(s_visible);
        using var scratch = new ScratchDirectory(parsed.GetValue(MeasureOptions.Scratch));
        using ChildProcess relay = ChildProcess.Start(
            "relay", scratch["relay"], entries.ToString(CultureInfo.InvariantCulture), "100", "sequential");
        string last = relay.Read("last");
        string port = relay.Read("port");
        using (ChildProcess replica = ChildProcess.Start(
            "replica", port, scratch["replica"], last, visible ? "store" : "log", "none",
            (entries / 5).ToString(CultureInfo.InvariantCulture), "1"))
        {
            // The profiler begins when the warm-up is over, and ends with the replica.
            replica.Read("warm");
            string[] record = ["record", "-q", "-F", Frequency, "-g", "-o", scratch["perf.data"], "-p", Id(replica)];
            await RunPerfAsync(record, static output => output.ReadToEnd(), cancellation);
        }

        string[] script = ["script", "-i", scratch["perf.data"], "-F", "comm,tid,ip,sym,dso"];
        FlameNode root = await RunPerfAsync(script, PerfSamples.Read, cancellation);
        string name = visible ? "flame-ingest-visible" : "flame-ingest";
        string description = $"Processor time of a replica that catches up, {Numbers.Text(root.Samples)} samples. "
            + "Green: wire, blue: replication, yellow: storage, red: kernel.";
        Directory.CreateDirectory(directory);
        string path = Path.Combine(directory, name + ".svg");
        await File.WriteAllTextAsync(path, FlameGraph.Draw(root, name, description), cancellation);
        Console.WriteLine($"{root.Samples:N0} samples: {path}");
        return 0;
    }

    private static string Id(ChildProcess process) => process.Id.ToString(CultureInfo.InvariantCulture);

    private static async Task<T> RunPerfAsync<T>(
        string[] arguments, Func<StreamReader, T> read, CancellationToken cancellation)
    {
        using Process perf = Process.Start(
            new ProcessStartInfo("perf", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        T result = read(perf.StandardOutput);
        await perf.WaitForExitAsync(cancellation);
        return perf.ExitCode == 0
            ? result
            : throw new InvalidOperationException($"perf {arguments[0]} ended with exit code {perf.ExitCode}.");
    }
}
