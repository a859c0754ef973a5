using System.Globalization;
using System.Text.RegularExpressions;
using Kevo.Core.Testing;
using Kevo.Simulation.Runs;
using Kevo.Testing.Proof;

namespace Kevo.Simulation;

/// <summary>
/// The power of the simulation: each bug put in on purpose is found within a budget of seeds, and the table in
/// <c>docs/TESTING.md</c> says within which.
/// </summary>
public sealed class PlantedBugTests
{
    private const int Budget = 1000;

    private static readonly (PlantedBug Bug, string Mistake, RunKind Kind)[] Bugs =
    [
        (PlantedBug.AcknowledgedBeforeSync, "what is applied is acknowledged before it is synced", RunKind.Relay),
        (PlantedBug.DurableBeforeSyncEnds, "a frame counts as durable when its sync has begun", RunKind.Relay),
        (PlantedBug.VisibleBeforeDurable, "readers see what is applied, not what is durable", RunKind.Relay),
        (PlantedBug.ResumeOffByOne, "a stream is asked for from the number after the last one held", RunKind.Relay),
        (PlantedBug.OverlapCheckSkipped, "a stream is not compared with what is held", RunKind.Relay),
        (PlantedBug.EpochCheckSkipped, "the epochs of two histories are not compared", RunKind.Relay),
        (PlantedBug.FragmentTakenAsWhole, "a part of a spread transaction is taken for all of it", RunKind.Relay),
        (PlantedBug.SendingNotedLate, "a relay notes what it sent only when the write has returned", RunKind.Relay),
        (PlantedBug.NeededHistoryDeleted, "history goes that a node behind this one needs", RunKind.Chain),
        (PlantedBug.TransactionSplitAtCut, "a transaction is taken for whole where its message was cut", RunKind.Tick),
        (PlantedBug.DuplicateAppliedTwice, "an entry that comes again is applied again", RunKind.Tick),
        (PlantedBug.GapIgnored, "a number missing between live writes is passed over", RunKind.Listen),
        (PlantedBug.SnapshotOverTransaction, "a walk counts although a transaction fell into it", RunKind.Listen),
        (PlantedBug.WritesDuringWalkForgotten, "live writes that fell into a walk are forgotten", RunKind.Listen),
        (PlantedBug.RepairInTwoParts, "a repair becomes durable in two parts", RunKind.Listen),
        (PlantedBug.QueueKeptOverStreams, "what an earlier stream brought is applied after the next", RunKind.Listen),
        (PlantedBug.StockAcknowledgedPerBatch, "a stock primary is acknowledged after every batch", RunKind.Listen),
        (PlantedBug.TickerNotSilenced, "the ticker of a stock primary is not silenced", RunKind.Listen),
        (PlantedBug.NegativeAcknowledgementUnderLoad, "a stock primary is asked again for a number", RunKind.Listen),
        (PlantedBug.StockAskedForItsLog, "a stock primary is asked for its log", RunKind.Listen),
        (PlantedBug.BackPressureOntoStock, "a stock primary's stream is not read at times", RunKind.Listen),
        (PlantedBug.UncountedBelieved, "a count that says nothing is believed", RunKind.Listen),
        (PlantedBug.WayNotMeasured, "a stream is opened however long the way", RunKind.Listen),
        (PlantedBug.StreamNotEscorted, "nothing follows the request while a stream is opened", RunKind.Listen),
    ];

    [Fact]
    public void Every_bug_put_into_the_replication_is_caught()
    {
        Assert.SkipUnless(PlantedBugs.CanBePlanted, "This build can have no bugs.");
        var lines = new string[Bugs.Length];
        var caught = new SeedResult?[Bugs.Length];
        Parallel.For(0, Bugs.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            (PlantedBug bug, string mistake, RunKind kind) = Bugs[i];
            caught[i] = Find(bug, kind);
            string proof = $"simulation, {kind.ToString().ToLowerInvariant()}";
            lines[i] = $"| `{bug}` | {mistake} | {proof} | {Within(bug, caught[i])} |";
        });

        // The seeds themselves move with every change of code; they are told here and not in the document.
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join(
            Environment.NewLine,
            Bugs.Zip(caught, static (bug, found) => $"{bug.Bug}: seed {found?.Seed}: {found?.Failure!.Message}")));
        Assert.True(
            caught.All(static found => found is not null),
            $"Not caught in {Budget} seeds: "
            + string.Join(", ", Bugs.Zip(caught).Where(static each => each.Second is null).Select(
                static each => each.First.Bug)));
        GeneratedTable.Require(
            "docs/TESTING.md",
            "planted-replication",
            ["| Bug | Mistake | Caught by | Within |", "| --- | --- | --- | --- |", .. lines]);
        ProofLine.Write("planted, replication", ("bugs", Bugs.Length), ("caught", caught.Length));
    }

    [Fact]
    public void Every_planted_bug_has_a_row_in_one_of_the_tables()
    {
        string document = File.ReadAllText(Path.Combine(Kevo.Testing.Repository.Root, "docs", "TESTING.md"));
        foreach (PlantedBug bug in Enum.GetValues<PlantedBug>().Where(static bug => bug != PlantedBug.None))
        {
            Assert.Equal(2, document.Split($"\n| `{bug}` |").Length);
        }
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

    // The next power of ten, and at least ten, so that the table changes when the power of the simulation does, not
    // with every change of code. What the document says is kept as long as it is true.
    private static string Within(PlantedBug bug, SeedResult? found)
    {
        int budget = 10;
        while (budget < found?.Seed)
        {
            budget *= 10;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Math.Max(budget, Documented(bug)):N0} seeds");
    }

    private static int Documented(PlantedBug bug)
    {
        Match row = Regex.Match(
            File.ReadAllText(Path.Combine(Kevo.Testing.Repository.Root, "docs", "TESTING.md")),
            $@"\n\| `{bug}` \|.*\| ([0-9,]+) seeds \|\n");
        return row.Success && Environment.GetEnvironmentVariable("KEVO_UPDATE_DOCS") != "1"
            ? int.Parse(row.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture)
            : 0;
    }
}
