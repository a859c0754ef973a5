using System.Globalization;
using System.Text.Json;

namespace Kevo.Benchmarks.Allocations;

/// <summary>
/// <c>allocations FILE [--update]</c>: measures what every benchmark allocates and compares it with a baseline. Time is
/// not looked at, so the answer is the same on every machine.
/// </summary>
internal static class AllocationCommand
{
    // Below this a difference is a table's or a segment's own objects, spread over the entries of the run.
    private const double Tolerance = 0.5;

    /// <summary>Runs the command; 0 when nothing allocates more than before.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (arguments.Length is 0 or > 2 || (arguments.Length == 2 && arguments[1] != "--update"))
        {
            Console.Error.WriteLine("Usage: allocations FILE [--update]");
            return 2;
        }

        SortedDictionary<string, double> measured = AllocationRun.MeasureAll();
        if (arguments.Length == 2)
        {
            File.WriteAllText(
                arguments[0],
                JsonSerializer.Serialize(measured, new JsonSerializerOptions { WriteIndented = true }) + "\n");
            return 0;
        }

        Dictionary<string, double> baseline =
            JsonSerializer.Deserialize<Dictionary<string, double>>(File.ReadAllText(arguments[0]))!;
        int findings = 0;
        foreach ((string name, double bytes) in measured)
        {
            string now = bytes.ToString("0.###", CultureInfo.InvariantCulture);
            bool known = baseline.Remove(name, out double before);
            bool grew = known && bytes > before + Tolerance + (before * 0.02);
            findings += !known || grew ? 1 : 0;
            string verdict = !known ? "NEW, not in the baseline" : grew ? $"GREW from {before}" : "ok";
            Console.WriteLine($"{name}: {now} B per operation, {verdict}");
        }

        foreach (string gone in baseline.Keys)
        {
            findings++;
            Console.WriteLine($"{gone}: GONE, but in the baseline");
        }

        if (findings > 0)
        {
            Console.Error.WriteLine(
                $"{findings} findings. When a change is meant: run this command with --update and commit the file.");
        }

        return findings == 0 ? 0 : 1;
    }
}
