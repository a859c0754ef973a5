using System.Collections.Immutable;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage;
using Kevo.Storage.Kevo;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>
/// A stopped store becomes a directory for stock: whatever fails, the target is complete or absent, the store is as it
/// was, and another attempt succeeds.
/// </summary>
internal sealed class PromotionScenario(int seed) : Scenario
{
    private const string Target = "/out/promoted";

    private readonly StoreScenario _source = new(seed, 0);
    private readonly PromotionMode _mode = (PromotionMode)(seed % 3);
    private ImmutableSortedDictionary<byte[], byte[]> _promoted = StoreHistory.Empty;
    private int _attempts;

    public override string Name => "promotion";

    public override void Live(SimulatedFileSystem raw, FaultInjectingFileSystem disk)
    {
        _source.WriteMuch(raw, 20);
        _promoted = _source.History.Certain;
        raw.CreateDirectory("TEST:MKDIR", "/out");
        raw.SyncDirectory("TEST:SYNC", "/");
        if (seed % 2 == 0)
        {
            // An empty target is as good as none.
            raw.CreateDirectory("TEST:MKDIR", Target);
            raw.SyncDirectory("TEST:SYNC", "/out");
        }

        Promote(disk, Target);
    }

    public override void Recover(IFileSystem disk, string where)
    {
        if (disk.DirectoryExists(Target) && disk.ListDirectories("TEST:LIST", Target).Count > 0)
        {
            Compare(disk, Target, _promoted, where);
        }

        string again = $"{Target}-{++_attempts}";
        Promote(disk, again);
        Compare(disk, again, _source.History.Certain, where + ", promoted again");
        _source.Recover(disk, where + ", the source");
    }

    private void Promote(IFileSystem disk, string target)
    {
        using ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = StoreScenario.Directory, LogSegmentSize = 16384 }, disk, Clock);
        store.Flush();
        var request = new PromotionRequest
        {
            TargetDirectory = target,
            TablesOldestFirst = store.GetTablePathsOldestFirst(),
            Mode = _mode,
            RewrittenTableBytes = 4096,
        };
        Promotion.Run(disk, request, CancellationToken.None);
    }

    private static void Compare(
        IFileSystem disk, string target, ImmutableSortedDictionary<byte[], byte[]> content, string where)
    {
        StockDirectory directory = StockDirectory.Open(disk, target, StockPathPolicy.UseDirectory);
        using StockView view = StockView.Open(disk, directory);
        Require(view.StartFailure is null && view.WalLoss is null, $"{where}: stock would not serve {target}");
        using IEntryCursor scan = view.Scan();
        foreach ((byte[] key, byte[] value) in content)
        {
            Require(
                scan.MoveNext() && scan.Key.SequenceEqual(key) && scan.Value.SequenceEqual(value),
                $"{where}: stock would serve something else at key {Convert.ToHexString(key)}");
        }

        Require(!scan.MoveNext(), $"{where}: stock would serve more than {content.Count} keys");
    }
}
