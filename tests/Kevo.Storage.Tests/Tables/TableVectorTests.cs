using System.IO.Hashing;
using K4os.Hash.xxHash;
using Kevo.Storage.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Tables;

/// <summary>The published bytes of the format.</summary>
public sealed class TableVectorTests
{
    private const string Table =
        "0300" + "617070" + "0100000000000000" + "01000000" + "78"
        + "0300" + "0200" + "6c65" + "0200000000000000" + "ffffffff"
        + "0400" + "0100" + "79" + "0300000000000000" + "00000000"
        + "00000000" + "01000000" + "f3fe9e570f09530e"
        + "0300" + "617070" + "0000000000000000" + "0c000000" + "0000000000000000" + "45000000"
        + "00000000" + "01000000" + "6a795a43d05fad46"
        + "edfecefaedfecefa" + "02000000" + "00002a36fe9c9717" + "4500000000000000" + "2d000000" + "03000000"
        + "00000000" + "00000000" + "0000000000000000" + "00000000" + "00000000" + "00eafa387fc12910";

    private static readonly TableEntry[] Entries =
    [
        TableEntry.Of("app", "x", 1), TableEntry.Of("apple", null, 2), TableEntry.Of("apply", "", 3),
    ];

    [Fact]
    public void The_checksum_of_tables_is_what_another_library_computes_for_every_length()
    {
        byte[] bytes = new byte[300];
        new Random(7).NextBytes(bytes);
        for (int length = 0; length <= bytes.Length; length++)
        {
            Assert.Equal(XxHash64.HashToUInt64(bytes.AsSpan(0, length)), XXH64.DigestOf(bytes.AsSpan(0, length)));
        }
    }

    [Fact]
    public void Checksums_have_their_published_values()
    {
        Assert.Equal(0xEF46DB3751D8E999UL, XXH64.DigestOf([]));
        Assert.Equal(0x8CB841DB40E6AE83UL, XXH64.DigestOf("123456789"u8));
        Assert.Equal(0xCBF43926U, Crc32.HashToUInt32("123456789"u8));
        Assert.Equal([1242, 3433, 5624, 7815, 6482, 8673, 1278], StockTableEncoder.BloomBitsOf("key"u8.ToArray()));
    }

    [Fact]
    public void The_published_table_is_read()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("1.sst");
        File.WriteAllBytes(path, Convert.FromHexString(Table));

        using TableReader table = TableReader.Open(Platform.LinuxFileSystem.Instance, path);
        using TableCursor cursor = table.OpenCursor();

        TableTestData.AssertSame(Entries, TableTestData.ReadAll(cursor), "published table");
        Assert.Equal(1_700_000_000_000_000_000, table.CreatedUnixNanoseconds);
        Assert.Equal(3, table.EntryCount);
        Assert.Equal("app"u8, table.SmallestKey);
        Assert.Equal("apply"u8, table.LargestKey);
    }

    [Fact]
    public void The_writer_differs_from_the_published_table_only_where_its_index_names_the_last_key()
    {
        using var directory = new TemporaryDirectory();
        string path = directory.Combine("1.sst");
        TableTestData
            .Write(path, Entries, new TableWriterOptions { CreatedUnixNanoseconds = 1_700_000_000_000_000_000 });
        byte[] written = File.ReadAllBytes(path);
        var encoder = new StockTableEncoder
        {
            RestartInterval = 0, BlockSize = 16384, LastKeys = true, Bloom = false, Created = 1_700_000_000_000_000_000,
        };

        Assert.Equal(Table[..138], Convert.ToHexStringLower(written.AsSpan(0, 69)));
        Assert.Equal(encoder.Encode(Entries), written);
        Assert.Equal(Table, Convert.ToHexStringLower(new StockTableEncoder
        {
            Bloom = false, Created = 1_700_000_000_000_000_000,
        }.Encode(Entries)));
    }
}
