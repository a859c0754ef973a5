using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Sidecar;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Faults.Tests.Scenarios;

/// <summary>A sidecar copies what stock writes; its log must be stock's history, whole and in order.</summary>
internal sealed class SidecarScenario(int seed) : Scenario
{
    private const string Directory = "/side";

    private readonly Random _random = new(seed);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly SidecarOptions _options = new()
    {
        StockDirectory = StockDisk.Directory,
        Directory = Directory,
        SegmentSize = 65536,
        BatchBytes = 2000,
    };

    private StockDisk? _stock;
    private ulong _acknowledged;

    public override string Name => "sidecar";

    public override void Live(SimulatedFileSystem raw, FaultInjectingFileSystem disk)
    {
        raw.CreateDirectory("TEST:MKDIR", Directory);
        raw.SyncDirectory("TEST:SYNC", "/");
        _stock = new StockDisk(raw, _random);
        for (int life = 0; life < 2; life++)
        {
            using WriteAheadLog log = OpenLog(disk);
            using SidecarCopier copier = Open(disk, log);
            for (int i = 0; i < 25; i++)
            {
                _stock.Write();
                if (_random.Next(8) == 0)
                {
                    _stock.Rotate();
                }

                // Often too short for a batch to count as ended, often long enough for the place to be noted.
                _time.Advance(TimeSpan.FromMilliseconds(_random.Next(3) == 0 ? 1100 : _random.Next(4)));
                Step(copier, log, _random.Next(3) == 0 ? 1 : 1000);
            }
        }
    }

    public override void Recover(IFileSystem disk, string where)
    {
        using WriteAheadLog log = OpenLog(disk);
        Require(
            log.Durable.Sequence >= _acknowledged,
            $"{where}: {_acknowledged} transactions were durable, the log ends at {log.Durable}");
        using SidecarCopier copier = Open(disk, log);
        for (int i = 0; i < 5; i++)
        {
            Step(copier, log, 10_000);
            _time.Advance(_options.TornPatience);
        }

        Compare(log, where);
    }

    private WriteAheadLog OpenLog(IFileSystem disk) => WriteAheadLog.Open(
        new LogOptions { Directory = Directory + "/log", SegmentSize = _options.SegmentSize }, disk);

    private SidecarCopier Open(IFileSystem disk, WriteAheadLog log) =>
        SidecarCopier.Open(_options, disk, log, _time, NullLogger.Instance);

    private void Step(SidecarCopier copier, WriteAheadLog log, int steps)
    {
        copier.NoteChange();
        while (steps-- > 0 && copier.RunStep())
        {
        }

        _acknowledged = log.Durable.Sequence;
    }

    private void Compare(WriteAheadLog log, string where)
    {
        List<(byte[] Key, byte[]? Value)[]> history = _stock!.History;
        Require(
            log.Durable.Sequence == (ulong)history.Count,
            $"{where}: {history.Count} transactions were written, the log ends at {log.Durable}");
        if (history.Count == 0)
        {
            return;
        }

        using LogCursor cursor = log.OpenCursor(new LogPosition(log.Durable.Epoch, 1));
        int operation = 0;
        int transaction = 0;
        while (cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                if (operation == history[transaction].Length)
                {
                    transaction++;
                    operation = 0;
                }

                (byte[] key, byte[]? value) = history[transaction][operation++];
                bool same = entry.Sequence == (ulong)transaction + 1 && entry.Key.SequenceEqual(key)
                    && (entry.Operation == Operation.Delete) == (value is null) && entry.Value.SequenceEqual(value);
                Require(same, $"{where}: operation {operation} of transaction {transaction + 1} differs");
            }
        }

        bool ended = transaction == history.Count - 1 && operation == history[^1].Length;
        Require(ended, $"{where}: the log lacks a part of transaction {transaction + 1}");
    }
}
