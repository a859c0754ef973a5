using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Storage.Memtable;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Memtable;

public class MemoryTableModelTests
{
    private static readonly IComparer<byte[]> ByBytes =
        Comparer<byte[]>.Create((left, right) => left.AsSpan().SequenceCompareTo(right));

    public static TheoryData<string> Shapes => [.. KeyShapes.All];

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Every_reader_finds_what_a_plain_dictionary_of_versions_holds(string shape)
    {
        int seed = Seed.For(7);
        var random = new Random(seed);
        var memory = new HeapEntryMemory(16 << 20);
        var table = new MemoryTable(memory, new NodePools());
        var model = new SortedDictionary<byte[], List<(ulong Sequence, int Value)>>(ByBytes);
        ulong sequence = 0;
        for (int i = 0; i < 20_000; i++)
        {
            sequence += random.Next(3) == 0 ? 0UL : 1UL;
            sequence = Math.Max(sequence, 1);
            byte[] key = KeyShapes.Make(shape, random, i);
            int value = random.Next(5) == 0 ? -1 : i;
            Insert(table, memory, sequence, key, value);
            if (!model.TryGetValue(key, out List<(ulong Sequence, int Value)>? versions))
            {
                model[key] = versions = [];
            }

            versions.Add((sequence, value));
            if (i % 4999 == 0)
            {
                Compare(table, model, (ulong)random.Next((int)sequence + 1), $"seed {seed}, {shape}, entry {i}");
            }
        }

        Compare(table, model, sequence, $"seed {seed}, {shape}, end");
        Compare(table, model, sequence / 3, $"seed {seed}, {shape}, a third");
        Assert.Equal(model.Count, table.KeyCount);
        Assert.Equal(20_000, table.EntryCount);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_cursor_starts_at_the_first_key_at_or_above_its_start(string shape)
    {
        int seed = Seed.For(8);
        var random = new Random(seed);
        var memory = new HeapEntryMemory(8 << 20);
        var table = new MemoryTable(memory, new NodePools());
        var keys = new SortedSet<byte[]>(ByBytes);
        for (int i = 0; i < 5_000; i++)
        {
            byte[] key = KeyShapes.Make(shape, random, i);
            keys.Add(key);
            Insert(table, memory, (ulong)i + 1, key, i);
        }

        byte[][] sorted = [.. keys];
        for (int i = 0; i < 500; i++)
        {
            byte[] start = KeyShapes.Make(shape, random, random.Next(6_000));
            MemtableCursor cursor = table.OpenCursor(ulong.MaxValue);
            cursor.Seek(start);
            int found = Array.BinarySearch(sorted, start, ByBytes);
            int expected = found >= 0 ? found : ~found;
            for (int steps = 0; steps < 20; steps++, expected++)
            {
                bool moved = cursor.MoveNext();
                Assert.True(moved == expected < sorted.Length, $"seed {seed}, {shape}, start {i}");
                if (!moved)
                {
                    break;
                }

                Assert.True(cursor.Key.SequenceEqual(sorted[expected]), $"seed {seed}, {shape}, start {i}");
            }
        }
    }

    private static void Compare(
        MemoryTable table, SortedDictionary<byte[], List<(ulong Sequence, int Value)>> model, ulong at, string where)
    {
        MemtableCursor cursor = table.OpenCursor(at);
        foreach ((byte[] key, List<(ulong Sequence, int Value)> versions) in model)
        {
            int last = versions.FindLastIndex(version => version.Sequence <= at);
            MemtableHit hit = table.TryGet(key, at, out ReadOnlySpan<byte> value);
            if (last < 0)
            {
                Assert.True(hit == MemtableHit.Unknown, where);
                continue;
            }

            Assert.True(cursor.MoveNext() && cursor.Key.SequenceEqual(key), where);
            Assert.True(cursor.Sequence == versions[last].Sequence, where);
            if (versions[last].Value < 0)
            {
                Assert.True(hit == MemtableHit.Deleted && cursor.IsDelete, where);
                continue;
            }

            Assert.True(hit == MemtableHit.Put, where);
            Assert.True(BinaryPrimitives.ReadInt32LittleEndian(value) == versions[last].Value, where);
            Assert.True(cursor.Value.SequenceEqual(value), where);
        }

        Assert.False(cursor.MoveNext(), where);
    }

    private static void Insert(MemoryTable table, HeapEntryMemory memory, ulong sequence, byte[] key, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        table.Insert(memory.Add(value < 0 ? Operation.Delete : Operation.Put, sequence, key, value < 0 ? [] : bytes));
    }
}
