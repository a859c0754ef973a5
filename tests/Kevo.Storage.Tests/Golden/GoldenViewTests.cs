using System.Text.Json;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Storage.Tests.Kevo;
using Kevo.Storage.Tests.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Golden;

/// <summary>What stock served on each golden directory, predicted; and what clients had written, recovered.</summary>
public sealed class GoldenViewTests
{
    public static TheoryData<string> Cases => GoldenCase.Names;

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_view_serves_what_stock_served(string name)
    {
        GoldenCase golden = GoldenCase.Find(name);
        List<GoldenEntry> expected = golden.List("expected.jsonl");
        JsonElement stock = golden.Stock();
        using StockView view = StockView.Open(
            LinuxFileSystem.Instance, golden.Open(), TestContext.Current.CancellationToken);

        Assert.Null(view.StartFailure);
        Assert.Equal(stock.GetProperty("wal_moved_to_backup").GetBoolean(), view.WalLoss is not null);
        using IEntryCursor scan = view.Scan();
        foreach (GoldenEntry entry in expected)
        {
            Assert.True(scan.MoveNext());
            Assert.True(scan.Key.SequenceEqual(entry.Key));
            Assert.True(entry.HasValue(scan.Value), $"value of {Convert.ToHexStringLower(entry.Key)}");
            Assert.True(view.TryGet(entry.Key, out ReadOnlySpan<byte> value));
            Assert.True(entry.HasValue(value));
        }

        Assert.False(scan.MoveNext());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void An_import_recovers_what_clients_had_written(string name)
    {
        GoldenCase golden = GoldenCase.Find(name);
        var target = new RecordingApplier();
        StockImportReport report = new StockImporter(LinuxFileSystem.Instance, golden.Open())
            .Run(target, TestContext.Current.CancellationToken);

        List<GoldenEntry> expected = ExpectedImport(golden, name);
        Assert.Equal(expected.Count, target.Content.Count);
        foreach (GoldenEntry entry in expected)
        {
            Assert.True(target.Content.TryGetValue(entry.Key, out byte[]? value), Convert.ToHexStringLower(entry.Key));
            Assert.True(entry.HasValue(value), Convert.ToHexStringLower(entry.Key));
        }

        Assert.Equal(report.LastSequence, target.LastSequence);
        bool damaged = golden.List("entries_written.jsonl").Count > 0 || name == "wal-longkeys";
        Assert.Equal(damaged, report.LeftOutCount > 0);
    }

    /// <summary>
    /// Where stock served something else than what clients had written, the golden lists say what that was.
    /// </summary>
    private static List<GoldenEntry> ExpectedImport(GoldenCase golden, string name)
    {
        List<GoldenEntry> live = golden.List("live_before_restart.jsonl");
        if (live.Count > 0)
        {
            return live;
        }

        List<GoldenEntry> written = golden.List("entries_written.jsonl");
        if (written.Count > 0)
        {
            // What the damage hit is entry 701 of one case, and nothing in the others.
            return Live(written.Where((_, i) => name != "wal-bad-crc-middle" || i != 700));
        }

        if (name == "sst-multi-level")
        {
            // Stock's compaction destroyed newer versions for good; only k0 was written again after it.
            GoldenEntry k0 = golden.List("expected_logical.jsonl")[0];
            return [k0, .. golden.List("expected.jsonl").Skip(1)];
        }

        return [.. golden.List("expected.jsonl").Where(entry => entry.Key.Length <= 65535)];
    }

    private static List<GoldenEntry> Live(IEnumerable<GoldenEntry> written)
    {
        var live = new SortedDictionary<byte[], GoldenEntry>(ByteOrder.Instance);
        foreach (GoldenEntry entry in written)
        {
            live.Remove(entry.Key);
            if (entry.Operation == "put")
            {
                live.Add(entry.Key, entry);
            }
        }

        return [.. live.Values];
    }
}
