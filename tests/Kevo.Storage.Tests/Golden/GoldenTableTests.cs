using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Storage.Tables;
using Kevo.Storage.Tests.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Golden;

/// <summary>Tables that stock wrote, and the table in our layout that stock served: read, and written again.</summary>
public sealed class GoldenTableTests
{
    [Theory]
    [InlineData("sst-basic")]
    [InlineData("sst-multi-level")]
    [InlineData("wal-seq-reset")]
    public void Stock_tables_are_read_whole_and_encode_again_to_the_same_bytes(string name)
    {
        GoldenCase golden = GoldenCase.Find(name);
        IReadOnlyList<string> paths = golden.Open().TablePaths();
        Assert.NotEmpty(paths);
        foreach (string path in paths)
        {
            (List<TableEntry> entries, long created) = Read(path);
            byte[] again = new StockTableEncoder { Created = created }.Encode(entries);
            Assert.True(again.AsSpan().SequenceEqual(File.ReadAllBytes(path)), path);
        }
    }

    [Fact]
    public void The_table_in_our_layout_that_stock_served_is_written_byte_for_byte()
    {
        GoldenCase golden = GoldenCase.Find("own-promoted-sst");
        string path = Assert.Single(golden.Open().TablePaths());
        (List<TableEntry> entries, long created) = Read(path);
        using var directory = new TemporaryDirectory();
        string again = TableTestData.Write(
            directory.Combine(TableFiles.TableName(1)),
            entries,
            new TableWriterOptions { BlockSize = 16384, CreatedUnixNanoseconds = created });

        Assert.Equal(3000, entries.Count);
        Assert.True(File.ReadAllBytes(path).AsSpan().SequenceEqual(File.ReadAllBytes(again)));
    }

    private static (List<TableEntry> Entries, long Created) Read(string path)
    {
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
        table.Verify(TestContext.Current.CancellationToken);
        using TableCursor cursor = table.OpenCursor();
        return (TableTestData.ReadAll(cursor), table.CreatedUnixNanoseconds);
    }
}
