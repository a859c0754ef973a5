using Kevo.Platform;
using Kevo.Storage.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Tables;

/// <summary>Merging several tables against a plain ordered dictionary.</summary>
public sealed class MergingCursorTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(9)]
    public void The_newest_entry_of_each_key_is_seen_in_order(int sources)
    {
        int seed = Seed.For(40);
        using var directory = new TemporaryDirectory();
        for (int round = 0; round < 8; round++)
        {
            var random = new Random(seed + round);
            var model = new SortedDictionary<byte[], TableEntry>(ByteOrder.Instance);
            var tables = new List<TableReader>();
            for (int source = 0; source < sources; source++)
            {
                List<TableEntry> entries = TableTestData.Random(seed + round + (source * 100), 1 + random.Next(400));
                foreach (TableEntry entry in entries)
                {
                    model[entry.Key] = entry;
                }

                string path = TableTestData.Write(directory.Combine($"{round}-{source}.sst"), entries);
                tables.Insert(0, TableReader.Open(LinuxFileSystem.Instance, path));
            }

            using (var merged = new MergingCursor([.. tables.Select(table => table.OpenCursor())]))
            {
                string because = $"seed {seed + round}";
                TableTestData.AssertSame([.. model.Values], TableTestData.ReadAll(merged), because);
                Assert.False(merged.MoveNext());
                byte[][] keys = [.. model.Keys];
                for (int i = 0; i < 50; i++)
                {
                    byte[] key = TableTestData.RandomKey(random);
                    int place = Array.BinarySearch(keys, key, ByteOrder.Instance);
                    place = place < 0 ? ~place : place;
                    Assert.True(merged.Seek(key) == (place < keys.Length), because);
                    for (; place < keys.Length && i % 10 == 0; place++)
                    {
                        Assert.True(model[keys[place]].SameAs(TableTestData.Current(merged)), because);
                        Assert.True(merged.MoveNext() == (place + 1 < keys.Length), because);
                    }
                }
            }

            tables.ForEach(table => table.Dispose());
        }
    }

    [Fact]
    public void The_winning_source_is_named()
    {
        using var directory = new TemporaryDirectory();
        string newer = TableTestData.Write(directory.Combine("2.sst"), [TableEntry.Of("b", null, 9)]);
        string older = TableTestData.Write(
            directory.Combine("1.sst"), [TableEntry.Of("a", "1", 1), TableEntry.Of("b", "2", 2)]);
        using TableReader newest = TableReader.Open(LinuxFileSystem.Instance, newer);
        using TableReader oldest = TableReader.Open(LinuxFileSystem.Instance, older);
        using var merged = new MergingCursor(newest.OpenCursor(), oldest.OpenCursor());

        Assert.True(merged.MoveNext());
        Assert.Equal(1, merged.Source);
        Assert.True(merged.MoveNext());
        Assert.Equal(0, merged.Source);
        Assert.True(merged.IsTombstone);
        Assert.False(merged.MoveNext());
        Assert.Equal(-1, merged.Source);
    }
}
