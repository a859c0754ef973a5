using Kevo.Platform;
using Kevo.Storage.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Tables;

/// <summary>Reading tables of every layout against a plain ordered dictionary.</summary>
public sealed class TableReaderTests
{
    public static TheoryData<int, bool, long, bool> Layouts => new()
    {
        // restart interval, last keys in the index, block size, bloom section
        { 16, false, 65536, true },
        { 16, false, 700, true },
        { 16, false, 700, false },
        { 16, true, 700, false },
        { 1, true, 4096, false },
        { 1, false, 4096, false },
        { 0, true, 4096, false },
        { 0, false, 1, false },
        { 3, false, 1, true },
    };

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Every_layout_is_read_completely(int restartInterval, bool lastKeys, long blockSize, bool bloom)
    {
        int seed = Seed.For(11);
        using var directory = new TemporaryDirectory();
        for (int round = 0; round < 12; round++)
        {
            List<TableEntry> entries = TableTestData.Random(seed + round, 1 + (round * round * 7));
            string path = directory.Combine($"{round}.sst");
            var encoder = new StockTableEncoder
            {
                RestartInterval = restartInterval, LastKeys = lastKeys, BlockSize = blockSize, Bloom = bloom,
            };
            File.WriteAllBytes(path, encoder.Encode(entries));
            CheckTable(path, entries, seed + round);
        }
    }

    [Theory]
    [InlineData(256)]
    [InlineData(1024)]
    [InlineData(16384)]
    public void What_the_writer_writes_is_read_back_completely(int blockSize)
    {
        int seed = Seed.For(5);
        using var directory = new TemporaryDirectory();
        for (int round = 0; round < 12; round++)
        {
            List<TableEntry> entries = TableTestData.Random(seed + round, 1 + (round * round * 30));
            string path = directory.Combine($"{round}.sst");
            TableTestData.Write(path, entries, new TableWriterOptions { BlockSize = blockSize });
            CheckTable(path, entries, seed + round);
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(3u)]
    [InlineData(99u)]
    public void Footers_of_other_versions_are_read(uint version)
    {
        using var directory = new TemporaryDirectory();
        List<TableEntry> entries = TableTestData.Random(1, 50);
        string path = directory.Combine("1.sst");
        File.WriteAllBytes(path, new StockTableEncoder { Version = version, Bloom = version >= 2 }.Encode(entries));

        CheckTable(path, entries, 1);
    }

    [Fact]
    public void Values_of_many_megabytes_and_keys_of_64_KiB_are_kept()
    {
        using var directory = new TemporaryDirectory();
        var random = new Random(3);
        var entries = new List<TableEntry>();
        foreach (int length in (int[])[1, 4096, 65534, 65535])
        {
            byte[] key = new byte[length];
            Array.Fill(key, (byte)'k');
            byte[] value = new byte[length * 100];
            random.NextBytes(value);
            entries.Add(new TableEntry(key, value, (ulong)length));
        }

        string path = TableTestData.Write(directory.Combine("1.sst"), entries);
        CheckTable(path, entries, 3);
    }

    [Fact]
    public void A_pass_that_releases_memory_behind_itself_reads_the_same()
    {
        using var directory = new TemporaryDirectory();
        List<TableEntry> entries = TableTestData.Random(9, 8000, 4000);
        string path = TableTestData.Write(directory.Combine("1.sst"), entries);
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
        using TableCursor cursor = table.OpenCursor(releaseBehind: true);

        TableTestData.AssertSame(entries, TableTestData.ReadAll(cursor), "first pass");
        Assert.True(cursor.Seek(entries[10].Key));
        Assert.True(entries[10].SameAs(TableTestData.Current(cursor)));
        table.ReleaseMemory();
        table.Verify(TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Lookups_and_scans_allocate_nothing()
    {
        using var directory = new TemporaryDirectory();
        List<TableEntry> entries = TableTestData.Random(21, 3000);
        string path = TableTestData.Write(directory.Combine("1.sst"), entries);
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
        using TableFilter filter = TableFilter.Open(
            LinuxFileSystem.Instance, TableFiles.FilterFor(path), table.Identity);
        using TableCursor cursor = table.OpenCursor();
        using var merged = new MergingCursor(table.OpenCursor(), table.OpenCursor());
        long sum = 0;
        Assert.Equal(0, AllocatedBytes.LeastOf(() => sum += Walk(), rounds: 3));
        Assert.True(sum > 0);

        long Walk()
        {
            long total = 0;
            foreach (TableEntry entry in entries)
            {
                total += filter.MayContain(entry.Key) ? 1 : 0;
                total += (int)table.Get(entry.Key, out ReadOnlySpan<byte> value, out _) + value.Length;
            }

            cursor.Seek(entries[0].Key);
            while (cursor.MoveNext())
            {
                total += cursor.Key.Length + cursor.Value.Length;
            }

            merged.Seek(entries[0].Key);
            while (merged.MoveNext())
            {
                total += merged.Value.Length;
            }

            return total;
        }
    }

    [Fact]
    public void Many_threads_reading_one_table_agree()
    {
        using var directory = new TemporaryDirectory();
        List<TableEntry> entries = TableTestData.Random(8, 4000);
        string path =
            TableTestData.Write(directory.Combine("1.sst"), entries, new TableWriterOptions { BlockSize = 512 });
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);

        int wrong = 0;
        Parallel.For(0, 8, start =>
        {
            for (int i = 0; i < entries.Count; i++)
            {
                TableEntry entry = entries[(i + (start * 500)) % entries.Count];
                TableLookup lookup = table.Get(entry.Key, out ReadOnlySpan<byte> value, out ulong sequence);
                bool right = lookup == (entry.Value is null ? TableLookup.Tombstone : TableLookup.Found)
                    && sequence == entry.Sequence && value.SequenceEqual(entry.Value);
                Interlocked.Add(ref wrong, right ? 0 : 1);
            }
        });

        Assert.Equal(0, wrong);
    }

    private static void CheckTable(string path, List<TableEntry> entries, int seed)
    {
        using TableReader table = TableReader.Open(LinuxFileSystem.Instance, path);
        string because = $"seed {seed}";
        table.Verify(TestContext.Current.CancellationToken);
        Assert.Equal(entries.Count, table.EntryCount);
        Assert.True(table.SmallestKey.SequenceEqual(entries[0].Key), because);
        Assert.True(table.LargestKey.SequenceEqual(entries[^1].Key), because);
        using TableCursor cursor = table.OpenCursor();
        TableTestData.AssertSame(entries, TableTestData.ReadAll(cursor), because);
        Assert.False(cursor.MoveNext());

        var model = new SortedDictionary<byte[], TableEntry>(ByteOrder.Instance);
        entries.ForEach(entry => model.Add(entry.Key, entry));
        byte[][] keys = [.. model.Keys];
        foreach (TableEntry entry in entries)
        {
            CheckKey(table, cursor, model, keys, entry.Key, because);
        }

        var random = new Random(seed);
        for (int i = 0; i < 300; i++)
        {
            byte[] near = (byte[])keys[random.Next(keys.Length)].Clone();
            byte[] key = random.Next(3) switch
            {
                0 => TableTestData.RandomKey(random),
                1 => [.. near, (byte)random.Next(256)],
                _ => near.Length == 1 ? [0] : near[..^1],
            };
            CheckKey(table, cursor, model, keys, key, because);
        }
    }

    private static void CheckKey(
        TableReader table, TableCursor cursor, SortedDictionary<byte[], TableEntry> model, byte[][] keys, byte[] key,
        string because)
    {
        TableLookup lookup = table.Get(key, out ReadOnlySpan<byte> value, out ulong sequence);
        if (model.TryGetValue(key, out TableEntry? entry))
        {
            Assert.True(lookup == (entry.Value is null ? TableLookup.Tombstone : TableLookup.Found), because);
            Assert.True(value.SequenceEqual(entry.Value) && sequence == entry.Sequence, because);
        }
        else
        {
            Assert.True(lookup == TableLookup.Absent, because);
        }

        int place = Array.BinarySearch(keys, key, ByteOrder.Instance);
        place = place < 0 ? ~place : place;
        Assert.True(cursor.Seek(key) == (place < keys.Length), because);
        if (place < keys.Length)
        {
            Assert.True(cursor.Key.SequenceEqual(keys[place]), because);
            Assert.True(cursor.MoveNext() == (place + 1 < keys.Length), because);
            Assert.True(place + 1 == keys.Length || cursor.Key.SequenceEqual(keys[place + 1]), because);
        }
    }
}
