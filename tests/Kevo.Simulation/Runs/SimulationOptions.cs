using System.Globalization;
using Kevo.Core.Testing;

namespace Kevo.Simulation.Runs;

/// <summary>What to simulate, from the command line.</summary>
internal sealed record SimulationOptions
{
    private static readonly string[] Flags =
        ["--seed", "--seeds", "--minutes", "--first", "--trace", "--keep-going", "--kind", "--bug"];

    /// <summary>One seed to repeat; null runs many.</summary>
    public int? Seed { get; init; }

    /// <summary>How many seeds.</summary>
    public int Seeds { get; init; } = int.MaxValue;

    /// <summary>For how long.</summary>
    public double Minutes { get; init; } = double.PositiveInfinity;

    /// <summary>The first of many seeds.</summary>
    public int First { get; init; } = 1;

    /// <summary>Whether every event of the one seed is printed.</summary>
    public bool Trace { get; init; }

    /// <summary>Whether seeds after a failing one are run too.</summary>
    public bool KeepGoing { get; init; }

    /// <summary>The kind of all runs; null lets each seed choose.</summary>
    public RunKind? Kind { get; init; }

    /// <summary>A bug to put in, to see it found; only in builds for the tests.</summary>
    public PlantedBug Bug { get; init; }

    /// <summary>True when the arguments are meant for the simulation and not for the test runner.</summary>
    public static bool Concerns(string[] args) => args.Any(Flags.Contains);

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ArgumentException">An unknown flag, or a missing or unusable value.</exception>
    public static SimulationOptions Parse(string[] args)
    {
        SimulationOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            string flag = args[i];
            options = flag switch
            {
                "--trace" => options with { Trace = true },
                "--keep-going" => options with { KeepGoing = true },
                "--seed" => options with { Seed = Number(flag, Next(args, ref i)) },
                "--seeds" => options with { Seeds = Number(flag, Next(args, ref i)) },
                "--first" => options with { First = Number(flag, Next(args, ref i)) },
                "--kind" => options with { Kind = Name<RunKind>(flag, Next(args, ref i)) },
                "--bug" => options with { Bug = Name<PlantedBug>(flag, Next(args, ref i)) },
                "--minutes" => options with { Minutes = Number(flag, Next(args, ref i)) },
                _ => throw new ArgumentException($"Unknown argument {flag}; known are {string.Join(' ', Flags)}."),
            };
        }

        return options is { Seed: null, Seeds: int.MaxValue } && double.IsInfinity(options.Minutes)
            ? throw new ArgumentException("Say how much: --seed N, --seeds N or --minutes N.")
            : options;
    }

    private static string Next(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");

    private static T Name<T>(string flag, string text)
        where T : struct, Enum =>
        Enum.TryParse(text, ignoreCase: true, out T value) && Enum.IsDefined(value)
            ? value
            : throw new ArgumentException($"{flag} needs one of {string.Join(' ', Enum.GetNames<T>())}.");

    private static int Number(string flag, string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new ArgumentException($"{flag} needs a number, not '{text}'.");
}
