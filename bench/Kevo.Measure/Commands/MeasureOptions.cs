using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using Kevo.Measure.Reporting;

namespace Kevo.Measure.Commands;

/// <summary>The options that every measurement takes.</summary>
public static class MeasureOptions
{
    /// <summary>How often each side is run.</summary>
    public static Option<int> Runs { get; } = new("--runs")
    {
        Description = "How often each side is run, ours and the limits in turn.",
        DefaultValueFactory = _ => 3,
        Validators = { Positive<int> },
    };

    /// <summary>Where JSON and SVG files go.</summary>
    public static Option<string?> Output { get; } = new("--output")
    {
        Description = "Directory for the JSON and SVG files of the results; none are written without it.",
    };

    /// <summary>Where the measured processes keep their data.</summary>
    public static Option<string?> Scratch { get; } = new("--scratch")
    {
        Description = "Directory on the disk to measure; the system's temporary directory by default.",
    };

    /// <summary>What payloads can be compressed with, by its name in the protocol.</summary>
    internal static string[] Codecs { get; } = ["none", "zstd", "snappy"];

    /// <summary>What every report says of the machine and of how this program was compiled.</summary>
    internal static IReadOnlyList<KeyValuePair<string, string>> Machine { get; } =
    [
        new("processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
        new("code", RuntimeFeature.IsDynamicCodeCompiled
            ? "compiled while it runs (dotnet run)"
            : "compiled ahead of time, as the product ships"),
    ];

    /// <summary>Refuses numbers that are not above zero; what is no number is refused anyway.</summary>
    internal static void Positive<T>(OptionResult result)
        where T : INumber<T>
    {
        foreach (Token token in result.Tokens)
        {
            if (T.TryParse(token.Value, CultureInfo.InvariantCulture, out T? number) && !(number > T.Zero))
            {
                result.AddError($"{result.Option.Name} takes numbers above zero, not {token.Value}.");
            }
        }
    }

    /// <summary>Prints a report, and writes its files where <see cref="Output"/> says.</summary>
    public static void Publish(ParseResult parsed, Report report)
    {
        ReportConsole.Print(report);
        if (parsed.GetValue(Output) is { } directory)
        {
            ReportFiles.Write(report, directory);
        }
    }
}
