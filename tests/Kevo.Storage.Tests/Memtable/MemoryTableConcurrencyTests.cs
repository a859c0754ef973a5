using System.Buffers.Binary;
using Kevo.Core;
using Kevo.Storage.Memtable;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Memtable;

public class MemoryTableConcurrencyTests
{
    private const int Keys = 4_000;
    private const ulong Transactions = 10_000;

    // A split is a matter of nanoseconds; many small tables have more of them near the root than one large one.
    private const int Rounds = 12;

    /// <summary>
    /// Transaction s writes its own number under three keys that depend only on s. So a reader at s can tell for each
    /// key which transaction it must find, and a scan at s must show each key once, in order, with that transaction.
    /// </summary>
    [Fact]
    public async Task Readers_see_exactly_the_prefix_of_their_snapshot_while_the_writer_inserts()
    {
        int seed = Seed.For(11);
        for (int round = 0; round < Rounds; round++)
        {
            await ReadWhileWriting(seed + round);
        }
    }

    private static async Task ReadWhileWriting(int seed)
    {
        var memory = new HeapEntryMemory(8 << 20);
        var table = new MemoryTable(memory, new NodePools());
        ulong visible = 0;
        Task writer = Task.Run(() =>
        {
            byte[] key = new byte[16];
            byte[] value = new byte[8];
            for (ulong sequence = 1; sequence <= Transactions; sequence++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(value, sequence);
                for (int part = 0; part < 3; part++)
                {
                    WriteKey(key, KeyOf(sequence, part));
                    table.Insert(memory.Add(Operation.Put, sequence, key, value));
                }

                Volatile.Write(ref visible, sequence);
            }
        });
        Task<int> scanner = Task.Run(() => Scan(table, ref visible));
        Task<int> getter = Task.Run(() => Get(table, ref visible, seed));
        await writer.WaitAsync(TimeSpan.FromMinutes(2));
        int checks = await scanner.WaitAsync(TimeSpan.FromMinutes(2)) + await getter.WaitAsync(TimeSpan.FromMinutes(2));
        Assert.True(checks > 0, $"seed {seed}");
    }

    private static int Scan(MemoryTable table, ref ulong visible)
    {
        int scans = 0;
        ulong at;
        do
        {
            at = Volatile.Read(ref visible);
            ulong[] last = LastWriters(at);
            MemtableCursor cursor = table.OpenCursor(at);
            int key = 0;
            while (cursor.MoveNext())
            {
                int found = (int)BinaryPrimitives.ReadUInt64BigEndian(cursor.Key[8..]);
                for (; key < found; key++)
                {
                    Assert.True(last[key] == 0, $"scan at {at} misses key {key} of transaction {last[key]}");
                }

                Assert.Equal(last[key], BinaryPrimitives.ReadUInt64LittleEndian(cursor.Value));
                key++;
            }

            Assert.True(last.AsSpan(key).IndexOfAnyExcept(0UL) < 0, $"scan at {at} ends at key {key}");
            scans++;
        }
        while (at < Transactions);
        return scans;
    }

    private static int Get(MemoryTable table, ref ulong visible, int seed)
    {
        var random = new Random(seed);
        byte[] key = new byte[16];
        int gets = 0;
        ulong at;
        do
        {
            at = Volatile.Read(ref visible);
            ulong written = at == 0 ? 0 : (ulong)random.NextInt64(1, (long)at + 1);
            WriteKey(key, KeyOf(written, gets % 3));
            MemtableHit hit = table.TryGet(key, at, out ReadOnlySpan<byte> value);
            ulong found = hit == MemtableHit.Put ? BinaryPrimitives.ReadUInt64LittleEndian(value) : 0;
            bool right = written == 0 || (found >= written && found <= at);
            Assert.True(right, $"seed {seed}: at {at}, {written} became {found}");
            gets++;
        }
        while (at < Transactions);
        return gets;
    }

    private static ulong[] LastWriters(ulong at)
    {
        ulong[] last = new ulong[Keys];
        for (ulong sequence = 1; sequence <= at; sequence++)
        {
            for (int part = 0; part < 3; part++)
            {
                last[KeyOf(sequence, part)] = sequence;
            }
        }

        return last;
    }

    private static int KeyOf(ulong sequence, int part)
    {
        ulong mixed = ((sequence * 3) + (ulong)part) * 0x9E37_79B9_7F4A_7C15;
        return (int)((mixed >> 33) % Keys);
    }

    private static void WriteKey(byte[] destination, int key) =>
        BinaryPrimitives.WriteUInt64BigEndian(destination.AsSpan(8), (ulong)key);
}
