using System.Collections.Concurrent;
using Kevo.Relay.Stock;
using Kevo.Simulation.Runs;
using Kevo.Testing.Proof;

namespace Kevo.Simulation;

/// <summary>
/// Which quirks of the stock primary the simulation meets: those without which some seed would go another way. The
/// table in <c>docs/TESTING.md</c> says so for each, and why where none does.
/// </summary>
public sealed class QuirkTests
{
    private const int Seeds = 120;

    private static readonly RunKind[] Kinds = [RunKind.Listen, RunKind.Tick, RunKind.Fill];

    private static readonly Dictionary<StockQuirks, string> Unmet = new()
    {
        [StockQuirks.BroadcastSkipsStart] =
            "a stream would have to begin above the last number of a primary that lost its tail, just before a write",
        [StockQuirks.MissingSessionIdAccepted] = "a node always says which session it means",
        [StockQuirks.GetMissesTableKeys] = "a node walks, and gets no key",
        [StockQuirks.ScanStartsLate] = "a node walks from the first key",
        [StockQuirks.BadKeyLeaksTransactionLock] = "a node begins no transaction there",
    };

    private readonly ConcurrentDictionary<(RunKind Kind, int Seed), ulong> _usual = [];

    [Fact]
    public void Every_quirk_changes_what_happens_or_it_is_said_why_not()
    {
        StockQuirks[] quirks = [.. Enum.GetValues<StockQuirks>()
            .Where(static quirk => quirk is not (StockQuirks.None or StockQuirks.All))];
        var lines = new string[quirks.Length];
        Parallel.For(0, quirks.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            string met = Unmet.TryGetValue(quirks[i], out string? reason)
                ? "none: " + reason
                : Kinds.Where(kind => Meets(kind, quirks[i])).Select(static kind => $"`{kind}`")
                    .FirstOrDefault("none, and nobody knows why");
            lines[i] = $"| `{quirks[i]}` | {met} |";
        });

        GeneratedTable.Require("docs/TESTING.md", "quirks", ["| Quirk | Met by |", "| --- | --- |", .. lines]);
        Assert.DoesNotContain(lines, static line => line.Contains("nobody knows", StringComparison.Ordinal));
    }

    private bool Meets(RunKind kind, StockQuirks quirk) => Enumerable.Range(1, Seeds).Any(
        seed => HashOf(seed, kind, quirk) != _usual.GetOrAdd((kind, seed), each => HashOf(each.Seed, each.Kind)));

    private static ulong HashOf(int seed, RunKind kind, StockQuirks without = StockQuirks.None) =>
        SeedRunner.Run(seed, kind: kind, without: without).World.Transcript.Hash;
}
