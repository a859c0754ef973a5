using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Tables;

/// <summary>The layout that is written, what the writer refuses, and how a table appears.</summary>
public sealed class TableWriterTests
{
    [Theory]
    [InlineData(50, 16384)]
    [InlineData(3000, 16384)]
    [InlineData(3000, 1024)]
    public void Written_bytes_are_those_of_an_independent_encoder(int count, int blockSize)
    {
        int seed = Seed.For(31);
        using var directory = new TemporaryDirectory();
        List<TableEntry> entries = TableTestData.Random(seed, count);
        string path = TableTestData.Write(
            directory.Combine("1.sst"),
            entries,
            new TableWriterOptions { BlockSize = blockSize, CreatedUnixNanoseconds = 12345 });
        var encoder = new StockTableEncoder
        {
            RestartInterval = 0, LastKeys = true, BlockSize = blockSize, Bloom = false, Created = 12345,
        };

        Assert.True(encoder.Encode(entries).AsSpan().SequenceEqual(File.ReadAllBytes(path)), $"seed {seed}");
    }

    [Fact]
    public void An_index_of_many_blocks_has_a_restart_point_at_every_entry()
    {
        using var directory = new TemporaryDirectory();
        List<TableEntry> entries = TableTestData.Random(4, 12000, 30);
        string path = TableTestData.Write(
            directory.Combine("1.sst"), entries, new TableWriterOptions { BlockSize = 256 });
        byte[] bytes = File.ReadAllBytes(path);
        long indexEnd = bytes.Length - 68;
        int restarts = BitConverter.ToInt32(bytes, (int)indexEnd - 12);
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);

        Assert.True(table.BlockCount > 512);
        Assert.Equal(table.BlockCount, restarts);
        using TableCursor cursor = table.OpenCursor();
        TableTestData.AssertSame(entries, TableTestData.ReadAll(cursor), "many blocks");
    }

    [Fact]
    public void Keys_that_a_table_cannot_hold_are_refused_and_leave_the_writer_usable()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("1.sst");
        using TableWriter writer = TableWriter.Create(LinuxFileSystem.Instance, path);
        writer.Add("b"u8, "1"u8, 1);

        Assert.Equal(StorageFault.LimitExceeded, Fault(() => writer.Add([], "1"u8, 2)));
        Assert.Equal(StorageFault.LimitExceeded, Fault(() => writer.Add(new byte[65536], "1"u8, 2)));
        Assert.Equal(StorageFault.LimitExceeded, Fault(() => writer.AddTombstone([], 2)));
        Assert.Equal(StorageFault.Corrupt, Fault(() => writer.Add("b"u8, "1"u8, 2)));
        Assert.Equal(StorageFault.Corrupt, Fault(() => writer.AddTombstone("a"u8, 2)));
        writer.Add("c"u8, "2"u8, 2);
        TableSummary summary = writer.Publish();

        Assert.Equal(2, summary.EntryCount);
        Assert.Equal("b"u8, summary.SmallestKey.Span);
        Assert.Equal("c"u8, summary.LargestKey.Span);
        Assert.Equal(new FileInfo(path).Length, summary.FileLength);
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
        Assert.Equal(summary.Identity, table.Identity);
    }

    [Fact]
    public void A_table_appears_only_when_published_and_leaves_nothing_when_abandoned()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine(TableFiles.TableName(7));
        using (TableWriter writer = TableWriter.Create(LinuxFileSystem.Instance, path))
        {
            writer.Add("a"u8, "1"u8, 1);
            Assert.Equal([path + ".tmp"], Directory.GetFiles(directory.Path));
            writer.Abandon();
        }

        Assert.Empty(Directory.GetFiles(directory.Path));
        TableTestData.Write(path, [TableEntry.Of("a", "1", 1)]);
        Assert.Equal(
            ["-base-000007.filter", "-base-000007.sst"],
            Directory.GetFiles(directory.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_empty_table_cannot_be_published()
    {
        using var directory = new TemporaryDirectory();
        using TableWriter writer = TableWriter.Create(LinuxFileSystem.Instance, directory.Combine("1.sst"));

        Assert.Throws<InvalidOperationException>(() => writer.Publish());
        writer.Abandon();
    }

    [Theory]
    [InlineData("-base-000001.sst", 1UL)]
    [InlineData("-base-1234567.sst", 1234567UL)]
    public void Table_names_are_parsed(string name, ulong number)
    {
        Assert.True(TableFiles.TryParseTableName(name, out ulong parsed));
        Assert.Equal(number, parsed);
        Assert.Equal(name, TableFiles.TableName(number));
        Assert.True(string.CompareOrdinal(name, "0_000001_00000000000000000001.sst") < 0);
    }

    [Theory]
    [InlineData("-base-1.sst")]
    [InlineData("-base-.sst")]
    [InlineData("-base-+00001.sst")]
    [InlineData("-base-000001.filter")]
    [InlineData("0_000001_00000000000000000001.sst")]
    public void Other_names_are_not_ours(string name) => Assert.False(TableFiles.TryParseTableName(name, out _));

    private static StorageFault Fault(Action action) => Assert.Throws<StorageException>(action).Fault;
}
