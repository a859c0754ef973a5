using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Storage.Tests.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>Importing stock directories: order, numbering, transactions, and what is left out.</summary>
public sealed class StockImporterTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public StockImporterTests()
    {
        Directory.CreateDirectory(_directory.Combine("wal", "backup_1"));
        Directory.CreateDirectory(_directory.Combine("sst"));
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Position_decides_and_files_that_stock_set_aside_count()
    {
        Write("wal/backup_1/1.wal", new StockWalBytes().Put(7, "a", "oldest").Put(8, "b", "kept"));
        Write("wal/2.wal", new StockWalBytes().Put(9, "a", "older").Delete(10, "c"));
        Write("wal/3.wal", new StockWalBytes().Put(1, "a", "newest").Put(2, "c", "back"));

        (RecordingApplier target, StockImportReport report) = Import();

        Assert.Equal("newest", Value(target, "a"));
        Assert.Equal("kept", Value(target, "b"));
        Assert.Equal("back", Value(target, "c"));
        Assert.Equal(6UL, report.LastSequence);
        Assert.Equal(6, report.WalEntries);
        Assert.Equal(0, report.LeftOutCount);
        Assert.Equal("backup_1", report.WalFiles[0].Backup);
    }

    [Fact]
    public void Batches_stay_together_and_everything_else_stands_alone()
    {
        byte[] large = StockWalBytes.Entry(1, 3, [.. "big"u8], new byte[100]);
        Write("wal/1.wal", new StockWalBytes()
            .Put(1, "a", "1").Put(2, "b", "1").Put(2, "c", "1").Put(2, "d", "1")
            .Record(1, StockWalBytes.Entry(3, 2, [.. "m"u8], [.. "merge"u8])).Put(2, "e", "1")
            .Fragments(large, 16).Put(3, "f", "1"));
        Write("wal/2.wal", new StockWalBytes().Put(3, "g", "1"));

        (RecordingApplier target, StockImportReport report) = Import(new StockImportOptions { FirstSequence = 100 });

        Assert.Equal([1, 4, 1, 1, 1], target.TransactionLengths);
        Assert.Equal(104UL, report.LastSequence);
        Assert.Equal(1, report.MergesIgnored);
        Assert.False(target.Content.ContainsKey([.. "m"u8]));
    }

    [Fact]
    public void Tables_are_the_base_newest_by_time_and_the_wal_lies_over_them()
    {
        WriteTable("1_000001_00000000000000000010.sst", TableEntry.Of("a", "oldest", 1), TableEntry.Of("b", "1", 1));
        WriteTable("0_000001_00000000000000000030.sst", TableEntry.Of("a", "newest", 1), TableEntry.Of("d", "1", 1));
        WriteTable(
            "0_000002_00000000000000000020.sst",
            TableEntry.Of("a", "older", 1), TableEntry.Of("b", null, 1), TableEntry.Of("c", "1", 1));
        Write("wal/1.wal", new StockWalBytes().Delete(1, "d").Put(2, "e", "1"));

        (RecordingApplier target, StockImportReport report) = Import();

        Assert.Equal(["a=newest", "c=1", "e=1"], target.Content.Select(Text));
        Assert.Equal(3, report.Tables.Count);
        Assert.Equal((3, 2), (report.TableEntries, report.WalEntries));
        (target, _) = Import(new StockImportOptions { IncludeTables = false });
        Assert.Equal(["e=1"], target.Content.Select(Text));
    }

    [Fact]
    public void Everything_that_is_left_out_is_named()
    {
        byte[] damagedTable = new StockTableEncoder { BlockSize = 100, Bloom = false }
            .Encode([.. Enumerable.Range(0, 30).Select(i => TableEntry.Of($"k{i:D2}", "value", 1))]);
        damagedTable[damagedTable.Length / 3] ^= 1;
        File.WriteAllBytes(_directory.Combine("sst", "0_000001_00000000000000000001.sst"), damagedTable);
        File.WriteAllText(_directory.Combine("sst", "0_000002_00000000000000000002.sst"), "no table");
        Write("wal/1.wal", new StockWalBytes()
            .Put(1, "a", "1").Put(2, "b", "2").Put(3, "", "empty key")
            .Put(4, "c", "3").Raw(1, 2, 3).Flip(26 + 9));

        (RecordingApplier target, StockImportReport report) = Import();

        Assert.Equal("3", Value(target, "c"));
        Assert.False(target.Content.ContainsKey([.. "b"u8]));
        Assert.InRange(report.TableEntries, 15, 29);
        Assert.Equal(5, report.LeftOutCount);
        Assert.Contains(report.LeftOut, text => text.Contains("data block", StringComparison.Ordinal));
        Assert.Contains(report.LeftOut, text => text.Contains("000002", StringComparison.Ordinal));
        Assert.Contains(report.LeftOut, text => text.Contains("1.wal: offset 26, 26 bytes", StringComparison.Ordinal));
        Assert.Contains(report.LeftOut, text => text.Contains("key of 0", StringComparison.Ordinal));
        Assert.Contains(report.LeftOut, text => text.Contains("ends within", StringComparison.Ordinal));
    }

    [Fact]
    public void The_target_is_synced_as_often_as_asked_and_at_the_end()
    {
        var wal = new StockWalBytes();
        for (int i = 0; i < 10; i++)
        {
            wal.Put((ulong)i + 1, $"k{i}", new string('v', 100));
        }

        Write("wal/1.wal", wal);
        Assert.Equal(1, Import().Target.Syncs);
        Assert.Equal(10, Import(new StockImportOptions { SyncBytes = 1 }).Target.Syncs);
    }

    private static string Text(KeyValuePair<byte[], byte[]> pair) =>
        System.Text.Encoding.UTF8.GetString([.. pair.Key, (byte)'=', .. pair.Value]);

    private static string Value(RecordingApplier target, string key) =>
        System.Text.Encoding.UTF8.GetString(target.Content[StockWalBytes.Bytes(key)]);

    private (RecordingApplier Target, StockImportReport Report) Import(StockImportOptions? options = null)
    {
        var target = new RecordingApplier(options?.FirstSequence ?? 1);
        StockDirectory directory = StockDirectory.Open(LinuxFileSystem.Instance, _directory.Path);
        var importer = new StockImporter(LinuxFileSystem.Instance, directory, options);
        return (target, importer.Run(target, TestContext.Current.CancellationToken));
    }

    private void Write(string name, StockWalBytes wal) => File.WriteAllBytes(_directory.Combine(name), wal.ToArray());

    private void WriteTable(string name, params TableEntry[] entries) =>
        File.WriteAllBytes(_directory.Combine("sst", name), new StockTableEncoder().Encode(entries));
}
