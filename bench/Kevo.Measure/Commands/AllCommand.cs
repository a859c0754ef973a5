using System.CommandLine;

namespace Kevo.Measure.Commands;

/// <summary>
/// <c>all</c>: every measurement of this program one after the other. Long by default, as for the files in
/// <c>docs/benchmarks</c>; with <c>--short</c> each is run once and small, which shows that it works and roughly where
/// things stand.
/// </summary>
public static class AllCommand
{
    private static readonly Option<bool> s_short = new("--short")
    {
        Description = "Each measurement once, and small.",
    };

    // Beside the measurements as their defaults have them.
    private static readonly string[][] s_variants =
    [
        ["latency", "--sidecar"],
        ["ingest", "--batch", "4"],
        ["ingest", "--visible"],
        ["ingest", "--visible", "--keys", "random:5000000"],
    ];

    // Sizes that the short form leaves out.
    private static readonly string[][] s_larger = [["catchup", "--entries", "200000"]];

    /// <summary>The command, which runs the other commands of <paramref name="root"/>.</summary>
    public static Command Create(RootCommand root)
    {
        ArgumentNullException.ThrowIfNull(root);
        var command = new Command("all", "Every measurement, one after the other.")
        {
            s_short, MeasureOptions.Output, MeasureOptions.Scratch,
        };
        command.SetAction((parsed, cancellation) => RunAsync(root, command, parsed, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        RootCommand root, Command self, ParseResult parsed, CancellationToken cancellation)
    {
        foreach (Command command in root.Subcommands)
        {
            if (command == self || command.Name == FlameCommand.Name)
            {
                continue;
            }

            IEnumerable<string[]> variants = parsed.GetValue(s_short) ? s_variants : s_variants.Concat(s_larger);
            string[][] runs = [[command.Name], .. variants.Where(variant => variant[0] == command.Name)];
            foreach (string[] run in runs)
            {
                string[] arguments = [.. run, .. Size(command, parsed), .. Places(command, parsed)];
                int code = await root.Parse(arguments).InvokeAsync(cancellationToken: cancellation);
                if (code != 0)
                {
                    return code;
                }
            }
        }

        return 0;
    }

    private static IEnumerable<string> Size(Command command, ParseResult parsed)
    {
        if (!parsed.GetValue(s_short))
        {
            return [];
        }

        string[] small = command.Name switch
        {
            "ingest" or "allocations" => ["--millions", "1"],
            "ingest-table" => ["--megabytes", "10", "--value-sizes", "1024"],
            "latency" => ["--seconds", "0.5"],
            "reads" => ["--seconds", "0.5", "--keys", "50000"],
            "catchup" => ["--entries", "2000", "--window", "2"],
            "idle" => ["--entries", "1000", "--settle", "1", "--seconds", "1"],
            "scan" => ["--keys", "200000"],
            "recovery" => ["--gibibytes", "0.1", "--millions", "0.5"],
            "growth" => ["--millions", "0.2", "0.5"],
            "compaction" => ["--millions", "0.2", "--seconds", "3"],
            _ => [],
        };
        return command.Options.Contains(MeasureOptions.Runs) ? ["--runs", "1", .. small] : small;
    }

    private static IEnumerable<string> Places(Command command, ParseResult parsed)
    {
        if (parsed.GetValue(MeasureOptions.Output) is { } output && command.Options.Contains(MeasureOptions.Output))
        {
            yield return MeasureOptions.Output.Name;
            yield return output;
        }

        if (parsed.GetValue(MeasureOptions.Scratch) is { } scratch && command.Options.Contains(MeasureOptions.Scratch))
        {
            yield return MeasureOptions.Scratch.Name;
            yield return scratch;
        }
    }
}
