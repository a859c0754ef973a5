using Kevo.Platform;
using Kevo.Storage.Tables;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Tables;

/// <summary>Makes and reads tables for tests.</summary>
internal static class TableTestData
{
    /// <summary>
    /// Random entries in key order: binary keys of mixed lengths, shared prefixes, tombstones, empty values.
    /// </summary>
    public static List<TableEntry> Random(int seed, int count, int valueLengthMax = 200)
    {
        var random = new Random(seed);
        var entries = new SortedDictionary<byte[], TableEntry>(ByteOrder.Instance);
        while (entries.Count < count)
        {
            byte[] key = RandomKey(random);
            byte[]? value = random.Next(10) == 0 ? null : new byte[random.Next(valueLengthMax + 1)];
            if (value is not null)
            {
                random.NextBytes(value);
            }

            entries[key] = new TableEntry(key, value, (ulong)random.NextInt64(1, long.MaxValue));
        }

        return [.. entries.Values];
    }

    public static byte[] RandomKey(Random random)
    {
        byte[] key = new byte[random.Next(5) == 0 ? random.Next(1, 40) : random.Next(4, 9)];
        random.NextBytes(key);
        for (int i = 0; i < key.Length; i++)
        {
            key[i] = i < key.Length / 2 ? (byte)(key[i] & 1) : key[i];
        }

        return key;
    }

    public static string Write(string path, IEnumerable<TableEntry> entries, TableWriterOptions? options = null)
    {
        using TableWriter writer = TableWriter.Create(LinuxFileSystem.Instance, path, options);
        foreach (TableEntry entry in entries)
        {
            if (entry.Value is null)
            {
                writer.AddTombstone(entry.Key, entry.Sequence);
            }
            else
            {
                writer.Add(entry.Key, entry.Value, entry.Sequence);
            }
        }

        writer.Publish();
        return path;
    }

    public static List<TableEntry> ReadAll(IOrderedCursor cursor)
    {
        var entries = new List<TableEntry>();
        while (cursor.MoveNext())
        {
            entries.Add(Current(cursor));
        }

        return entries;
    }

    public static TableEntry Current(IOrderedCursor cursor) =>
        new(cursor.Key.ToArray(), cursor.IsTombstone ? null : cursor.Value.ToArray(), cursor.Sequence);

    public static void AssertSame(IReadOnlyList<TableEntry> expected, IReadOnlyList<TableEntry> actual, string because)
    {
        Assert.True(
            expected.Count == actual.Count, $"{because}: {expected.Count} entries expected, {actual.Count} read");
        for (int i = 0; i < expected.Count; i++)
        {
            Assert.True(expected[i].SameAs(actual[i]), $"{because}: entry {i} differs");
        }
    }
}
