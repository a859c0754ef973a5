using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Tables;

/// <summary>
/// Damaged tables and filters: an error that names the place, or the same answers; never other answers.
/// </summary>
public sealed class TableDamageTests
{
    private static readonly List<TableEntry> Entries = TableTestData.Random(77, 60, 40);

    [Fact]
    public void Every_changed_byte_of_a_table_is_detected()
    {
        using var directory = new TemporaryDirectory();
        string path = TableTestData.Write(
            directory.Combine("1.sst"), Entries, new TableWriterOptions { BlockSize = 600 });
        byte[] good = File.ReadAllBytes(path);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = (byte[])good.Clone();
            bad[at] ^= (byte)(1 << (at % 8));
            string damaged = directory.Combine("bad.sst");
            File.WriteAllBytes(damaged, bad);
            StorageException error = Assert.Throws<StorageException>(() => ReadEverything(damaged));
            Assert.Equal(StorageFault.Corrupt, error.Fault);
            Assert.Contains(damaged, error.Message, StringComparison.Ordinal);
            Assert.Contains("offset", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_changed_byte_of_a_stock_table_is_detected_or_harmless()
    {
        using var directory = new TemporaryDirectory();
        List<TableEntry> entries = [.. Entries.Take(24)];
        byte[] good = new StockTableEncoder { BlockSize = 600 }.Encode(entries);
        int harmless = 0;
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = (byte[])good.Clone();
            bad[at] ^= (byte)(1 << (at % 8));
            string damaged = directory.Combine("bad.sst");
            File.WriteAllBytes(damaged, bad);
            try
            {
                TableTestData.AssertSame(entries, ReadEverything(damaged), $"byte {at}");
                harmless++;
            }
            catch (StorageException error)
            {
                Assert.Equal(StorageFault.Corrupt, error.Fault);
            }
        }

        Assert.True(harmless > 0, "bits of the bloom section are ignored, so some changes are harmless");
    }

    [Fact]
    public void Every_truncation_of_a_table_is_detected()
    {
        using var directory = new TemporaryDirectory();
        string path = TableTestData.Write(
            directory.Combine("1.sst"), Entries, new TableWriterOptions { BlockSize = 600 });
        byte[] good = File.ReadAllBytes(path);
        string damaged = directory.Combine("bad.sst");
        for (int length = 0; length < good.Length; length++)
        {
            File.WriteAllBytes(damaged, good[..length]);
            StorageException error = Assert.Throws<StorageException>(() => ReadEverything(damaged));
            Assert.Equal(StorageFault.Corrupt, error.Fault);
        }
    }

    [Fact]
    public void A_damaged_block_is_an_error_for_its_keys_and_harmless_for_others()
    {
        using var directory = new TemporaryDirectory();
        string path = TableTestData.Write(
            directory.Combine("1.sst"), Entries, new TableWriterOptions { BlockSize = 600 });
        byte[] bytes = File.ReadAllBytes(path);
        int middle = bytes.Length / 2;
        bytes[middle] ^= 0x40;
        File.WriteAllBytes(path, bytes);
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);

        int failed = 0;
        foreach (TableEntry entry in Entries)
        {
            for (int attempt = 0; attempt < 2; attempt++)
            {
                try
                {
                    Assert.NotEqual(TableLookup.Absent, table.Get(entry.Key, out _, out _));
                }
                catch (StorageException error)
                {
                    failed++;
                    Assert.Contains("data block", error.Message, StringComparison.Ordinal);
                }
            }
        }

        Assert.InRange(failed, 2, Entries.Count);
        using TableCursor cursor = table.OpenCursor();
        Assert.Throws<StorageException>(() => TableTestData.ReadAll(cursor));
        Assert.True(cursor.MoveToNextBlock());
        Assert.True(TableTestData.ReadAll(cursor).Count > 0);
    }

    [Fact]
    public void Blocks_with_right_checksums_but_wrong_contents_are_refused()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("1.sst");
        var encoder = new StockTableEncoder { BlockSize = 600, LastKeys = true, RestartInterval = 0, Bloom = false };
        List<TableEntry> unsorted = [.. Entries];
        (unsorted[30], unsorted[31]) = (unsorted[31], unsorted[30]);
        File.WriteAllBytes(path, encoder.Encode(unsorted));
        Assert.Throws<StorageException>(() => ReadEverything(path));

        List<TableEntry> twice = [.. Entries.Take(30), Entries[29], .. Entries.Skip(30)];
        File.WriteAllBytes(path, encoder.Encode(twice));
        Assert.Throws<StorageException>(() => ReadEverything(path));
    }

    [Fact]
    public void A_footer_that_counts_wrongly_is_found_by_verification()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("1.sst");
        byte[] bytes = new StockTableEncoder { Bloom = false }.Encode(Entries);
        bytes[^36] ^= 1;
        System.IO.Hashing.XxHash64.Hash(bytes.AsSpan(bytes.Length - 68, 60)).Reverse().ToArray()
            .CopyTo(bytes, bytes.Length - 8);
        File.WriteAllBytes(path, bytes);
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);

        StorageException error = Assert.Throws<StorageException>(
            () => table.Verify(TestContext.Current.CancellationToken));
        Assert.Contains("counts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_changed_byte_and_every_truncation_of_a_filter_is_detected()
    {
        using var directory = new TemporaryDirectory();
        string path = TableTestData.Write(directory.Combine("1.sst"), Entries);
        string filterPath = TableFiles.FilterFor(path);
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
        byte[] good = File.ReadAllBytes(filterPath);
        string damaged = directory.Combine("bad.filter");
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = (byte[])good.Clone();
            bad[at] ^= (byte)(1 << (at % 8));
            File.WriteAllBytes(damaged, bad);
            AssertUnusable(damaged, table.Identity);
            File.WriteAllBytes(damaged, good[..at]);
            AssertUnusable(damaged, table.Identity);
        }
    }

    private static void AssertUnusable(string path, ulong identity)
    {
        StorageException error = Assert.Throws<StorageException>(
            () => TableFilter.Open(LinuxFileSystem.Instance, path, identity));
        Assert.True(error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion);
    }

    private static List<TableEntry> ReadEverything(string path)
    {
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
        using TableCursor cursor = table.OpenCursor();
        List<TableEntry> entries = TableTestData.ReadAll(cursor);
        table.Verify(CancellationToken.None);
        return entries;
    }
}
