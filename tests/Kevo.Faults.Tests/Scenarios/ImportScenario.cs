using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Storage.Store;
using Kevo.Testing.Disk;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>
/// A stopped stock directory is imported: what is there after a crash is a prefix of its history, in whole
/// transactions, and an import into a new directory succeeds.
/// </summary>
internal sealed class ImportScenario(int seed) : Scenario
{
    private readonly Random _random = new(seed);
    private readonly StoreHistory _history = new();
    private int _attempts;

    public override string Name => "import";

    public override void Live(SimulatedFileSystem raw, FaultInjectingFileSystem disk)
    {
        using (var stock = new StockDisk(raw, _random))
        {
            _history.Begin(new LogPosition(1, 0), StoreHistory.Empty);
            for (int i = 0; i < 40; i++)
            {
                stock.Write();
                if (i % 15 == 14)
                {
                    stock.Rotate();
                }
            }

            stock.History.ForEach(_history.Apply);
        }

        Import(disk, "/imported");
    }

    public override void Recover(IFileSystem disk, string where)
    {
        using (ReplicaStore store = Open(disk, "/imported"))
        {
            string? fault = _history.FindFault(store);
            Require(fault is null, $"{where}: {fault}");
        }

        string again = $"/imported-{++_attempts}";
        Import(disk, again);
        using (ReplicaStore store = Open(disk, again))
        {
            string? fault = _history.FindFault(store);
            Require(
                fault is null && store.Visible == _history.Last,
                $"{where}, imported anew: {fault ?? $"it ends at {store.Visible}, not {_history.Last}"}");
        }
    }

    private static ReplicaStore Open(IFileSystem disk, string directory) => ReplicaStore.Open(
        new StoreOptions { Directory = directory, LogSegmentSize = 65536, MemtableBytes = 8192, TableBytes = 8192 },
        disk,
        Clock);

    private static void Import(IFileSystem disk, string directory)
    {
        using ReplicaStore store = Open(disk, directory);
        store.BeginEpoch(new LogPosition(1, 0));
        StockDirectory stock = StockDirectory.Open(disk, StockDisk.Directory, StockPathPolicy.UseDirectory);
        new StockImporter(disk, stock, new StockImportOptions { SyncBytes = 2000 }).Run(store, CancellationToken.None);
    }
}
