using System.Globalization;
using Kevo.Core.Testing;
using Kevo.Faults.Tests.Corruption;
using Kevo.Faults.Tests.Failpoints;
using Kevo.Faults.Tests.PowerCuts;
using Kevo.Faults.Tests.Scenarios;
using Kevo.Testing.Disk;
using Kevo.Testing.Proof;

namespace Kevo.Faults.Tests.Planted;

/// <summary>
/// Goal: the proofs of this room would notice. Method: one bug at a time is put into the storage, and the proof named
/// beside it must fail within its budget; the table in <c>docs/TESTING.md</c> says when it did.
/// </summary>
public sealed class PlantedBugTests
{
    private static readonly (PlantedBug Bug, string Mistake, string Proof)[] Table =
    [
        (PlantedBug.SegmentNameNotSynced, "the name of a new segment is not synced", "power cuts"),
        (PlantedBug.FrameSyncTooShort, "the sync of a frame ends a page too early", "power cuts"),
        (PlantedBug.TornFrameAccepted, "a torn frame at the log's end is believed", "power cuts"),
        (PlantedBug.RecoveryNotSynced, "recovery believes what is only in the page cache", "failpoints, store"),
        (PlantedBug.SyncFailureForgotten, "a failed sync is forgotten", "failpoints, store"),
        (PlantedBug.ZeroTailAsRecord, "zeros at the log's end are taken for a record", "lives, store"),
        (PlantedBug.RecycledSaltKept, "a recycled segment keeps the salt of the one before", "lives, store"),
        (PlantedBug.MappedSegmentRecycled, "a segment is recycled while it is read", "lives, store"),
        (PlantedBug.SegmentDeletedEarly, "a segment is deleted before a checkpoint covers it", "power cuts"),
        (PlantedBug.ReplaySkipsFirst, "replay begins one transaction too late", "lives, store"),
        (PlantedBug.SnapshotSeesLater, "a snapshot sees later writes", "lives, store"),
        (PlantedBug.FlushLosesTombstones, "a flush loses tombstones", "lives, store"),
        (PlantedBug.MergeLosesTombstones, "a merge of some runs loses tombstones", "lives, store"),
        (PlantedBug.MergeKeepsOldest, "a merge keeps the oldest version of a key", "lives, store"),
        (PlantedBug.MergeInputsRemovedEarly, "a merge removes its inputs before the checkpoint", "power cuts"),
        (PlantedBug.ReplacementNotSynced, "the checkpoint is renamed into place unsynced", "power cuts"),
        (PlantedBug.TableNotSynced, "the checkpoint names a table that is not synced", "power cuts"),
        (PlantedBug.FilterForgetsKeys, "a filter denies keys that the table holds", "lives, store"),
        (PlantedBug.BlockChecksumIgnored, "a block is read whatever its checksum", "flips of a table"),
        (PlantedBug.PromotionWithoutTail, "promote leaves out what is in no table yet", "promotion"),
        (PlantedBug.ImportSplitsBatches, "import splits batches", "lives, import"),
        (PlantedBug.SidecarPlaceTooFar, "the sidecar notes a place behind what it copied", "failpoints, sidecar"),
    ];

    [Fact]
    public void Every_bug_put_into_the_storage_is_caught()
    {
        var lines = new string[Table.Length];
        Parallel.For(0, Table.Length, new ParallelOptions { MaxDegreeOfParallelism = 2 }, i =>
        {
            (PlantedBug bug, string mistake, string proof) = Table[i];
            string found;
            using (PlantedBugs.Plant(bug))
            {
                found = Find(proof) ?? throw new ProofFailedException($"{bug} is not caught by {proof}");
            }

            lines[i] = $"| `{bug}` | {mistake} | {proof} | {found} |";
        });
        GeneratedTable.Require(
            "docs/TESTING.md",
            "planted-storage",
            ["| Bug | Mistake | Caught by | Within |", "| --- | --- | --- | --- |", .. lines]);
        ProofLine.Write("planted, storage", ("bugs", Table.Length), ("caught", Table.Length));
    }

    [Theory]
    [InlineData("lives, store")]
    [InlineData("lives, import")]
    [InlineData("failpoints, store")]
    [InlineData("failpoints, sidecar")]
    [InlineData("power cuts")]
    [InlineData("promotion")]
    public void Without_a_bug_the_same_search_finds_nothing(string proof) => Assert.Null(Find(proof, sound: true));

    // Within how many tries the proof failed; null when it did not. A search that will find
    // nothing need not go further than those that do.
    private static string? Find(string proof, bool sound = false) => proof switch
    {
        "lives, store" => Lives(static seed => new StoreScenario(seed, batches: 16), sound ? 10 : 50),
        "lives, import" => Lives(static seed => new ImportScenario(seed), sound ? 10 : 50),
        "failpoints, store" => Failpoints(static seed => new StoreScenario(seed, batches: 16), sound ? 150 : 5000),
        "failpoints, sidecar" => Failpoints(static seed => new SidecarScenario(seed), sound ? 150 : 5000),
        "power cuts" => Images(sound ? 100 : 400),
        "flips of a table" => Flips(),
        "promotion" => Try(PromotionByCommand.Run) ? Within(1, "try") : null,
        _ => throw new ArgumentOutOfRangeException(nameof(proof), proof, "No such proof."),
    };

    private static string? Lives(Func<int, Scenario> make, int most)
    {
        for (int seed = 1; seed <= most; seed++)
        {
            if (Try(() => Live(make(seed), seed)))
            {
                return Within(seed, "seeds");
            }
        }

        return null;
    }

    private static void Live(Scenario scenario, int seed)
    {
        var raw = new SimulatedFileSystem();
        scenario.Live(raw, new FaultInjectingFileSystem(raw));
        raw.KillProcesses();
        scenario.Recover(raw, Invariant($"seed {seed}"));
    }

    /// <summary>Hits in the order of calls: first every name's first call, then every second one, and so on.</summary>
    private static string? Failpoints(Func<int, Scenario> make, int most)
    {
        int hits = 0;
        for (int seed = 1; seed <= 3; seed++)
        {
            IReadOnlyDictionary<string, int> calls = CallsOf(make, seed);
            for (int occurrence = 1; occurrence <= 8; occurrence++)
            {
                foreach ((string name, int count) in calls.OrderBy(static call => call.Key, StringComparer.Ordinal))
                {
                    foreach (FailpointKind kind in Enum.GetValues<FailpointKind>().Where(_ => count >= occurrence))
                    {
                        if (++hits > most)
                        {
                            return null;
                        }

                        if (Try(() => FailpointRun.Run(make, seed, name, occurrence, kind)))
                        {
                            return Within(hits, "hits");
                        }
                    }
                }
            }
        }

        return null;
    }

    // A bug may show without any failure already; then the calls of a sound life are not to be had.
    private static IReadOnlyDictionary<string, int> CallsOf(Func<int, Scenario> make, int seed)
    {
        IReadOnlyDictionary<string, int> calls = new Dictionary<string, int>();
        return Try(() => calls = FailpointRun.Count(make, seed)) ? new Dictionary<string, int>() : calls;
    }

    private static string? Images(int entries)
    {
        int images = 0;
        for (int seed = 1; seed <= 3; seed++)
        {
            var run = new PowerCutRun(seed, systematic: 16, sampled: 10, inOrder: true);
            bool failed = Try(() => run.Run(entries));
            images += run.Images;
            if (failed)
            {
                return Within(images, "images");
            }
        }

        return null;
    }

    private static string? Flips()
    {
        var files = new TableFlips();
        for (long bit = 0; bit < files.BitsOf(TableFlips.Path); bit++)
        {
            SimulatedFileSystem disk = files.Copy();
            disk.FlipBit(TableFlips.Path, bit);
            bool refused = true;
            if (Try(() => refused = files.RefusesTable(disk, "a flip")) || !refused)
            {
                return Within(bit + 1, "flips");
            }
        }

        return null;
    }

    private static bool Try(Action proof)
    {
        try
        {
            proof();
            return false;
        }
        catch (Exception)
        {
            return true;
        }
    }

    // The next power of ten, so that the table changes when the power of a proof does, not with every change of code.
    private static string Within(long found, string unit)
    {
        long budget = 1;
        while (budget < found)
        {
            budget *= 10;
        }

        return Invariant($"{budget:N0} {unit}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
