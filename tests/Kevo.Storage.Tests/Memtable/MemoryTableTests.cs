using Kevo.Core;
using Kevo.Storage.Memtable;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Memtable;

public class MemoryTableTests
{
    // What a collection started by another thread may add to this thread's count, the unused rest of its allocation
    // buffer, and the lists of chunks, which double as they grow. An allocation per entry, or per split, would be a
    // hundred times that.
    private const long BufferRest = 16 << 10;

    [Fact]
    public void An_old_version_among_very_many_is_found()
    {
        var memory = new HeapEntryMemory(32 << 20);
        var table = new MemoryTable(memory, new NodePools());
        const int Versions = 200_000;
        for (ulong sequence = 1; sequence <= Versions; sequence++)
        {
            table.Insert(memory.Add(Operation.Put, 2 * sequence, "k"u8, BitConverter.GetBytes(sequence)));
        }

        var random = new Random(Seed.For(3));
        for (int i = 0; i < 100_000; i++)
        {
            ulong at = (ulong)random.NextInt64(1, (2 * Versions) + 10);
            MemtableHit hit = table.TryGet("k"u8, at, out ReadOnlySpan<byte> value);
            ulong expected = Math.Min(at / 2, Versions);
            Assert.Equal(expected == 0 ? MemtableHit.Unknown : MemtableHit.Put, hit);
            Assert.True(expected == 0 || BitConverter.ToUInt64(value) == expected);
        }
    }

    [Fact]
    public void The_last_entry_of_a_key_within_one_transaction_counts()
    {
        var memory = new HeapEntryMemory(1 << 10);
        var table = new MemoryTable(memory, new NodePools());
        table.Insert(memory.Add(Operation.Put, 5, "k"u8, "first"u8));
        table.Insert(memory.Add(Operation.Delete, 5, "k"u8, default));
        Assert.Equal(MemtableHit.Deleted, table.TryGet("k"u8, 5, out _));
        table.Insert(memory.Add(Operation.Put, 5, "k"u8, "last"u8));

        Assert.Equal(MemtableHit.Put, table.TryGet("k"u8, 5, out ReadOnlySpan<byte> value));
        Assert.Equal("last"u8, value);
        Assert.Equal(MemtableHit.Unknown, table.TryGet("k"u8, 4, out _));
    }

    [Fact]
    public void An_empty_value_is_present()
    {
        var memory = new HeapEntryMemory(1 << 10);
        var table = new MemoryTable(memory, new NodePools());
        table.Insert(memory.Add(Operation.Put, 1, "k"u8, default));

        Assert.Equal(MemtableHit.Put, table.TryGet("k"u8, 1, out ReadOnlySpan<byte> value));
        Assert.True(value.IsEmpty);
    }

    [Fact]
    public void An_empty_table_has_nothing_and_its_cursor_ends_at_once()
    {
        var table = new MemoryTable(new HeapEntryMemory(16), new NodePools());
        Assert.Equal(MemtableHit.Unknown, table.TryGet("k"u8, ulong.MaxValue, out _));
        Assert.False(table.OpenCursor(ulong.MaxValue).MoveNext());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Inserting_and_reading_allocate_nothing_once_the_chunks_are_there(bool ascending)
    {
        var memory = new HeapEntryMemory(32 << 20);
        var pools = new NodePools();
        var random = new Random(Seed.For(4));
        ulong[] addresses = new ulong[100_000];
        byte[] key = new byte[16];
        for (int i = 0; i < addresses.Length; i++)
        {
            ulong number = ascending ? (ulong)i : (ulong)random.Next(50_000);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(8), number);
            addresses[i] = memory.Add(Operation.Put, (ulong)i + 1, key, key);
        }

        var first = new MemoryTable(memory, pools);
        Fill(first, addresses);
        first.Clear();
        var second = new MemoryTable(memory, pools);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Fill(second, addresses);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BufferRest);

        before = GC.GetAllocatedBytesForCurrentThread();
        bool all = true;
        foreach (ulong address in addresses)
        {
            all &= second.TryGet(EntryBytes.Key(memory.From(address)), ulong.MaxValue, out _) == MemtableHit.Put;
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, BufferRest);
        Assert.True(all);
    }

    private static void Fill(MemoryTable table, ulong[] addresses)
    {
        foreach (ulong address in addresses)
        {
            table.Insert(address);
        }
    }
}
