using System.Globalization;
using Kevo.Core.Testing;
using Kevo.Simulation.Runs;

namespace Kevo.Simulation;

/// <summary>
/// The power of the simulation: each bug put in on purpose is found within a budget of seeds. The output is the table.
/// </summary>
public sealed class PlantedBugTests
{
    private const int Budget = 600;

    private static readonly (PlantedBug Bug, RunKind Kind)[] Bugs =
    [
        (PlantedBug.AcknowledgedBeforeSync, RunKind.Relay),
        (PlantedBug.ResumeOffByOne, RunKind.Relay),
        (PlantedBug.TransactionSplitAtCut, RunKind.Tick),
        (PlantedBug.FragmentTakenAsWhole, RunKind.Relay),
        (PlantedBug.OverlapCheckSkipped, RunKind.Relay),
        (PlantedBug.VisibleBeforeDurable, RunKind.Relay),
        (PlantedBug.DuplicateAppliedTwice, RunKind.Tick),
        (PlantedBug.GapIgnored, RunKind.Listen),
        (PlantedBug.SnapshotOverTransaction, RunKind.Listen),
        (PlantedBug.WritesDuringWalkForgotten, RunKind.Listen),
        (PlantedBug.RepairInTwoParts, RunKind.Listen),
        (PlantedBug.QueueKeptOverStreams, RunKind.Listen),
        (PlantedBug.StockAcknowledgedPerBatch, RunKind.Listen),
        (PlantedBug.TickerNotSilenced, RunKind.Listen),
        (PlantedBug.NegativeAcknowledgementUnderLoad, RunKind.Listen),
        (PlantedBug.StockAskedForItsLog, RunKind.Listen),
        (PlantedBug.BackPressureOntoStock, RunKind.Listen),
    ];

    [Fact]
    public void Every_planted_bug_is_caught_within_the_budget()
    {
        Assert.SkipUnless(PlantedBugs.CanBePlanted, "This build can have no bugs.");
        List<string> table = ["| Planted bug | Run | Caught by seed | What was seen |", "| --- | --- | ---: | --- |"];
        List<string> missed = [];
        foreach ((PlantedBug bug, RunKind kind) in Bugs)
        {
            SeedResult? caught = Find(bug, kind);
            table.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"| `{bug}` | {kind} | {caught?.Seed} | {caught?.Failure!.Message.Split('\n')[0] ?? "nothing"} |"));
            if (caught is null)
            {
                missed.Add(bug.ToString());
            }
        }

        string text = string.Join(Environment.NewLine, table);
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        Assert.True(missed.Count == 0, $"Not caught in {Budget} seeds: {string.Join(", ", missed)}.\n{text}");
    }

    private static SeedResult? Find(PlantedBug bug, RunKind kind)
    {
        using IDisposable planted = PlantedBugs.Plant(bug);
        for (int seed = 1; seed <= Budget; seed++)
        {
            SeedResult result = SeedRunner.Run(seed, kind: kind);
            if (result.Failure is not null)
            {
                return result;
            }
        }

        return null;
    }
}
