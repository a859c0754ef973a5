using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Storage.Tests.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>Known defects of stock, predicted.</summary>
public sealed class StockViewTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public StockViewTests()
    {
        Directory.CreateDirectory(_directory.Combine("wal"));
        Directory.CreateDirectory(_directory.Combine("sst"));
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Of_101_keys_in_a_stock_table_get_finds_11_and_scan_all()
    {
        List<TableEntry> entries = [.. Enumerable.Range(0, 101).Select(i => TableEntry.Of($"k{i:D4}", "v", 1))];
        WriteTable("0_000001_00000000000000000001.sst", new StockTableEncoder().Encode(entries));
        using StockView view = Open();

        Assert.Equal(11, entries.Count(entry => view.TryGet(entry.Key, out _)));
        Assert.Equal(101, Keys(view).Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void In_a_table_with_last_keys_and_one_or_all_restart_points_get_finds_every_key(int restartInterval)
    {
        List<TableEntry> entries = TableTestData.Random(Seed.For(3), 2000);
        var encoder = new StockTableEncoder
        {
            RestartInterval = restartInterval, LastKeys = true, BlockSize = 2000, Bloom = false,
        };
        WriteTable("-base-000001.sst", encoder.Encode(entries));
        using StockView view = Open();

        foreach (TableEntry entry in entries)
        {
            Assert.Equal(entry.Value is not null, view.TryGet(entry.Key, out ReadOnlySpan<byte> value));
            Assert.True(entry.Value is null || value.SequenceEqual(entry.Value));
            Assert.False(view.TryGet([.. entry.Key, 0, 1, 2], out _));
        }
    }

    [Fact]
    public void A_damaged_block_is_silently_absent()
    {
        byte[] table = new StockTableEncoder { BlockSize = 100, Bloom = false }
            .Encode([.. Enumerable.Range(0, 20).Select(i => TableEntry.Of($"k{i:D2}", "value", 1))]);
        table[table.Length / 3] ^= 1;
        WriteTable("0_000001_00000000000000000001.sst", table);
        using StockView view = Open();

        Assert.Null(view.StartFailure);
        Assert.InRange(Keys(view).Count, 1, 19);
    }

    [Fact]
    public void An_unreadable_table_keeps_stock_from_starting()
    {
        WriteTable("x.sst", [1, 2, 3]);
        using StockView view = Open();

        Assert.Contains("x.sst", view.StartFailure, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_key_hides_its_whole_table()
    {
        WriteTable("x.sst", new StockTableEncoder().Encode([TableEntry.Of("", "1", 1), TableEntry.Of("a", "1", 1)]));
        using StockView view = Open();

        Assert.Empty(Keys(view));
        Assert.False(view.TryGet("a"u8, out _));
    }

    [Fact]
    public void The_highest_sequence_wins_not_the_last_position()
    {
        WriteWal("1.wal", new StockWalBytes().Put(9, "a", "old").Put(10, "b", "old").ToArray());
        WriteWal("2.wal", new StockWalBytes().Put(1, "a", "new").Delete(2, "b").Put(10, "b", "same").ToArray());
        using StockView view = Open();

        Assert.True(view.TryGet("a"u8, out ReadOnlySpan<byte> value) && value.SequenceEqual("old"u8));
        Assert.True(view.TryGet("b"u8, out value) && value.SequenceEqual("same"u8));
    }

    [Fact]
    public void One_torn_file_costs_all_files()
    {
        WriteWal("1.wal", new StockWalBytes().Put(1, "a", "1").ToArray());
        WriteWal("2.wal", [1, 2, 3]);
        WriteWal("3.wal", new StockWalBytes().Put(2, "b", "1").ToArray());
        using StockView view = Open();

        Assert.NotNull(view.WalLoss);
        Assert.Empty(Keys(view));
    }

    [Fact]
    public void More_than_the_memtables_hold_is_lost_and_more_than_one_is_invisible_at_first()
    {
        var manifest = new StockManifest
        {
            WalDirectory = _directory.Combine("wal"), TableDirectory = _directory.Combine("sst"),
            MemtableSize = 100, MaxMemtables = 2,
        };
        File.WriteAllBytes(_directory.Combine("MANIFEST"), manifest.ToJson());
        var wal = new StockWalBytes();
        for (int i = 0; i < 10; i++)
        {
            // Each entry counts 4 + 5 + 16 = 25 bytes, so four of them fill a memtable.
            wal.Put((ulong)i + 1, $"k{i:D3}", "value");
            WriteWal("1.wal", wal.ToArray());
            using StockView view = Open();
            Assert.Equal(i >= 8, view.WalLoss is not null);
            Assert.Equal(i >= 8 ? 0 : i < 4 ? i + 1 : i - 3, Keys(view).Count);
        }
    }

    private StockView Open() => StockView.Open(
        LinuxFileSystem.Instance,
        StockDirectory.Open(LinuxFileSystem.Instance, _directory.Path),
        TestContext.Current.CancellationToken);

    private void WriteTable(string name, byte[] bytes) => File.WriteAllBytes(_directory.Combine("sst", name), bytes);

    private void WriteWal(string name, byte[] bytes) => File.WriteAllBytes(_directory.Combine("wal", name), bytes);

    private static List<string> Keys(StockView view)
    {
        var keys = new List<string>();
        using IEntryCursor scan = view.Scan();
        while (scan.MoveNext())
        {
            keys.Add(System.Text.Encoding.UTF8.GetString(scan.Key));
        }

        return keys;
    }
}
