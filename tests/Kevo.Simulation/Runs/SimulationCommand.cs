using System.Diagnostics;
using System.Globalization;
using Kevo.Core.Testing;

namespace Kevo.Simulation.Runs;

/// <summary>The simulation from the command line: one seed with its story, or many with figures.</summary>
internal static class SimulationCommand
{
    private static readonly TimeSpan ReportInterval = TimeSpan.FromSeconds(30);

    /// <summary>Runs what the arguments say.</summary>
    /// <returns>0 when nothing was violated, 1 when something was, 2 for arguments that cannot be used.</returns>
    public static int Run(string[] args, TextWriter output)
    {
        SimulationOptions options;
        try
        {
            options = SimulationOptions.Parse(args);
        }
        catch (ArgumentException error)
        {
            output.WriteLine(error.Message);
            return 2;
        }

        if (options.Bug == PlantedBug.None)
        {
            return Run(options, output);
        }

        if (!PlantedBugs.CanBePlanted)
        {
            output.WriteLine("This build can have no bugs; use the configuration Debug.");
            return 2;
        }

        using IDisposable planted = PlantedBugs.Plant(options.Bug);
        return Run(options, output);
    }

    private static int Run(SimulationOptions options, TextWriter output) =>
        options.Seed is { } seed ? RunOne(seed, options, output) : RunMany(options, output);

    private static int RunOne(int seed, SimulationOptions options, TextWriter output)
    {
        SeedResult result = SeedRunner.Run(seed, options.Trace ? output : null, options.Kind);
        output.WriteLine(result.Failure is null ? $"seed {seed}: nothing was violated" : result.Report());
        output.WriteLine($"transcript {result.World.Transcript.Hash:x16}, {result.World.Transcript.Count} events");
        return result.Failure is null ? 0 : 1;
    }

    private static int RunMany(SimulationOptions options, TextWriter output)
    {
        var totals = new SimulationTotals();
        long started = Stopwatch.GetTimestamp();
        TimeSpan nextReport = ReportInterval;
        for (int i = 0; i < options.Seeds; i++)
        {
            TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
            if (elapsed.TotalMinutes >= options.Minutes)
            {
                break;
            }

            if (elapsed >= nextReport)
            {
                nextReport += ReportInterval;
                output.WriteLine(totals.Describe(elapsed));
            }

            SeedResult result = SeedRunner.Run(options.First + i, kind: options.Kind);
            totals.Add(result);
            if (result.Failure is not null)
            {
                output.WriteLine(options.KeepGoing
                    ? string.Create(CultureInfo.InvariantCulture, $"seed {result.Seed}: {result.Failure.Message}")
                    : result.Report());
                if (!options.KeepGoing)
                {
                    break;
                }
            }
        }

        output.WriteLine(totals.Describe(Stopwatch.GetElapsedTime(started)));
        return totals.Failures == 0 ? 0 : 1;
    }
}
