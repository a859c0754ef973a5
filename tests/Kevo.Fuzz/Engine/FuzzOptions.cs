using System.Globalization;

namespace Kevo.Fuzz.Engine;

/// <summary>What to run, from the command line.</summary>
public sealed record FuzzOptions
{
    private static readonly string[] Flags =
        ["--inputs", "--seed", "--target", "--input", "--findings", "--max-memory", "--trace", "--list"];

    /// <summary>Inputs for each target (default 100 000).</summary>
    public int Inputs { get; init; } = 100_000;

    /// <summary>Start of all randomness (default 1).</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Names of the targets to run; none means all.</summary>
    public IReadOnlyList<string> Targets { get; init; } = [];

    /// <summary>Run just the bytes of this file, on the one target named.</summary>
    public string? InputFile { get; init; }

    /// <summary>Where inputs that show a fault are written; created when needed.</summary>
    public string Findings { get; init; } = "fuzz-findings";

    /// <summary>The most MiB of working set the process may reach (default 768).</summary>
    public int MaxMemoryMiB { get; init; } = 768;

    /// <summary>
    /// Write each input to the findings directory before running it, for faults that kill the process.
    /// </summary>
    public bool Trace { get; init; }

    /// <summary>Only print the names of the targets.</summary>
    public bool List { get; init; }

    /// <summary>True when the arguments are meant for the fuzzer and not for the test runner.</summary>
    public static bool Concerns(string[] args) => args.Any(Flags.Contains);

    /// <summary>Reads the arguments.</summary>
    /// <exception cref="ArgumentException">An unknown flag, or a missing or unusable value.</exception>
    public static FuzzOptions Parse(string[] args)
    {
        FuzzOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            string flag = args[i];
            options = flag switch
            {
                "--trace" => options with { Trace = true },
                "--list" => options with { List = true },
                "--inputs" => options with { Inputs = Number(flag, Next(args, ref i)) },
                "--seed" => options with { Seed = Number(flag, Next(args, ref i)) },
                "--target" => options with { Targets = [.. options.Targets, Next(args, ref i)] },
                "--input" => options with { InputFile = Next(args, ref i) },
                "--findings" => options with { Findings = Next(args, ref i) },
                "--max-memory" => options with { MaxMemoryMiB = Number(flag, Next(args, ref i)) },
                _ => throw new ArgumentException($"Unknown argument {flag}; known are {string.Join(' ', Flags)}."),
            };
        }

        return options.InputFile is not null && options.Targets.Count != 1
            ? throw new ArgumentException("--input needs exactly one --target.")
            : options;
    }

    private static string Next(string[] args, ref int i) =>
        ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");

    private static int Number(string flag, string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw new ArgumentException($"{flag} needs a number, not '{text}'.");
}
