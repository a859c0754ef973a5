using Kevo.Storage.Kevo;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>
/// Damaged WAL files: what is saved, what is reported, and what stock would have made of the same bytes.
/// </summary>
public sealed class StockWalReaderTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_torn_tail_ends_the_file_and_costs_stock_everything()
    {
        byte[] whole = new StockWalBytes().Put(1, "a", "1").Put(2, "b", "2").ToArray();
        for (int cut = 27; cut < whole.Length; cut++)
        {
            string path = Write(whole[..cut]);
            (List<string> entries, IReadOnlyList<StockDamage> damage) = StockWalReading.Save(path);
            Assert.Equal(["put 1 a=1"], entries);
            Assert.Equal(new StockDamage("1.wal", 26, cut - 26, StockDamageKind.TornTail), Assert.Single(damage));

            // A header without any payload is the one torn tail that stock takes for a clean end.
            StockReplayOutcome expected = cut == 26 + 7 ? StockReplayOutcome.Completed : StockReplayOutcome.Fatal;
            Assert.Equal(expected, StockWalReading.Replay(path).Outcome);
        }
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(3, true)]
    [InlineData(6, true)]
    [InlineData(7, false)]
    [InlineData(8, false)]
    [InlineData(100, false)]
    [InlineData(4096, false)]
    [InlineData(32768, false)]
    [InlineData(32775, false)]
    [InlineData(32776, true)]
    [InlineData(32778, true)]
    [InlineData(32781, true)]
    [InlineData(32782, false)]
    [InlineData(65551, true)]
    [InlineData(65556, true)]
    [InlineData(1 << 20, false)]
    public void Zeros_at_the_end_are_reported_and_stocks_fate_with_them_is_predicted(int zeros, bool fatal)
    {
        string path = Write(new StockWalBytes().Put(1, "a", "1").Zeros(zeros).ToArray());

        (List<string> entries, IReadOnlyList<StockDamage> damage) = StockWalReading.Save(path);
        Assert.Equal(["put 1 a=1"], entries);
        Assert.Equal(new StockDamage("1.wal", 26, zeros, StockDamageKind.ZeroTail), Assert.Single(damage));

        (entries, StockReplayOutcome outcome) = StockWalReading.Replay(path);
        Assert.Equal(["put 1 a=1"], entries);
        Assert.Equal(fatal ? StockReplayOutcome.Fatal : StockReplayOutcome.Completed, outcome);
    }

    [Fact]
    public void Entries_behind_zeros_in_the_middle_are_found_again()
    {
        for (int zeros = 1; zeros < 40; zeros++)
        {
            string path = Write(new StockWalBytes().Put(1, "a", "1").Zeros(zeros).Put(2, "b", "2").ToArray());
            (List<string> entries, IReadOnlyList<StockDamage> damage) = StockWalReading.Save(path);
            Assert.Equal(["put 1 a=1", "put 2 b=2"], entries);
            Assert.Equal((26, zeros), (Assert.Single(damage).Offset, (int)damage[0].Length));
        }
    }

    [Fact]
    public void Every_flipped_bit_costs_at_most_the_entry_it_hits()
    {
        byte[] whole = new StockWalBytes().Put(1, "a", "1").Put(2, "key", "value").Delete(3, "a").ToArray();
        int second = 26;
        int third = second + 7 + 17 + 3 + 5;
        for (int at = second; at < third; at++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                byte[] bad = (byte[])whole.Clone();
                bad[at] ^= (byte)(1 << bit);
                (List<string> entries, IReadOnlyList<StockDamage> damage) = StockWalReading.Save(Write(bad));
                Assert.Equal("put 1 a=1", entries[0]);
                Assert.Equal("delete 3 a", entries[^1]);
                StockDamage range = Assert.Single(damage);
                Assert.True(entries.Count == (range.Kind == StockDamageKind.WrongType ? 3 : 2), $"byte {at} bit {bit}");
                Assert.Equal(second, range.Offset);
            }
        }
    }

    [Fact]
    public void A_whole_record_that_calls_itself_a_first_part_is_recovered()
    {
        byte[] bytes = new StockWalBytes().Put(1, "a", "1").Put(2, "b", "2").Put(3, "c", "3").ToArray();
        bytes[26 + 6] = 2;
        string path = Write(bytes);

        (List<string> entries, IReadOnlyList<StockDamage> damage) = StockWalReading.Save(path);
        Assert.Equal(["put 1 a=1", "put 2 b=2", "put 3 c=3"], entries);
        Assert.Equal(StockDamageKind.WrongType, Assert.Single(damage).Kind);
        Assert.Equal(StockReplayOutcome.Fatal, StockWalReading.Replay(path).Outcome);
    }

    [Fact]
    public void Stale_fragments_are_not_glued_to_later_ones_except_by_stock()
    {
        byte[] first = StockWalBytes.Entry(1, 1, [.. "kk"u8], [.. "0123456789"u8]);
        byte[] second = StockWalBytes.Entry(1, 2, [.. "mm"u8], [.. "abcdefghij"u8]);
        string path = Write(new StockWalBytes()
            .Record(2, first[..15]).Record(3, first[15..20])
            .Fragments(second, 15, 6)
            .Put(3, "z", "1").ToArray());

        (List<string> entries, IReadOnlyList<StockDamage> damage) = StockWalReading.Save(path);
        Assert.Equal(["put 2 mm=abcdefghij", "put 3 z=1"], entries);
        Assert.Equal(new StockDamage("1.wal", 0, 34, StockDamageKind.UnfinishedEntry), Assert.Single(damage));
        Assert.Equal("put 1 kk", StockWalReading.Replay(path).Entries[0][..8]);
    }

    [Fact]
    public void Any_cut_points_bytes_behind_the_end_and_oversized_records_are_accepted()
    {
        byte[] entry = StockWalBytes.Entry(1, 7, [.. "key"u8], [.. "value"u8]);
        byte[] large = StockWalBytes.Entry(1, 9, [.. "big"u8], new byte[60_000]);
        string path = Write(new StockWalBytes()
            .Fragments(entry, 5, 3, 0, 2)
            .Record(1, [.. StockWalBytes.Entry(2, 8, [.. "d"u8], null), 1, 2, 3])
            .Record(1, large).ToArray());

        (List<string> entries, IReadOnlyList<StockDamage> damage) = StockWalReading.Save(path);
        Assert.Equal(["put 7 key=value", "delete 8 d", "put 9 big=(60000)"], entries);
        Assert.Empty(damage);
        Assert.Equal(entries, StockWalReading.Replay(path).Entries);
    }

    [Fact]
    public void A_damaged_middle_part_costs_the_entry_and_nothing_behind_it()
    {
        byte[] entry = StockWalBytes.Entry(1, 1, [.. "big"u8], new byte[100_000]);
        var wal = new StockWalBytes().Put(1, "a", "1");
        int begin = wal.Length;
        wal.Fragments(entry, 16, 32768, 32768);
        int end = wal.Length;
        string path = Write(wal.Put(2, "b", "2").Flip(begin + 40_000).ToArray());

        (List<string> entries, IReadOnlyList<StockDamage> damage) = StockWalReading.Save(path);
        Assert.Equal(["put 1 a=1", "put 2 b=2"], entries);
        Assert.Equal((begin, end - begin), (Assert.Single(damage).Offset, (int)damage[0].Length));
    }

    [Fact]
    public void A_record_inside_a_value_is_not_taken_for_a_record_of_the_file()
    {
        byte[] inner = new StockWalBytes().Put(99, "inner", "x").ToArray();
        byte[] entry = StockWalBytes.Entry(1, 1, [.. "k"u8], inner);
        string path = Write(new StockWalBytes().Record(1, entry).Put(2, "b", "2").Flip(0).ToArray());

        Assert.Equal(["put 2 b=2"], StockWalReading.Save(path).Entries);
    }

    [Fact]
    public void An_empty_first_part_is_survived_here_and_a_crash_in_stock()
    {
        string path = Write(new StockWalBytes().Put(1, "a", "1").Record(2, []).Put(2, "b", "2").ToArray());

        Assert.Equal(["put 1 a=1", "put 2 b=2"], StockWalReading.Save(path).Entries);
        Assert.Equal(StockReplayOutcome.Crash, StockWalReading.Replay(path).Outcome);
    }

    [Fact]
    public void A_file_of_zeros_is_abandoned_by_stock()
    {
        string path = Write(new byte[1 << 20]);

        Assert.Equal(StockReplayOutcome.Abandoned, StockWalReading.Replay(path).Outcome);
        Assert.Equal(StockDamageKind.ZeroTail, Assert.Single(StockWalReading.Save(path).Damage).Kind);
    }

    [Fact]
    public void Random_bytes_neither_break_the_reader_nor_hide_the_entries_between_them()
    {
        int seed = Seed.For(15);
        for (int round = 0; round < 60; round++)
        {
            var random = new Random(seed + round);
            var wal = new StockWalBytes();
            int expected = 0;
            for (int i = 0; i < 20; i++)
            {
                byte[] noise = new byte[random.Next(3) == 0 ? random.Next(1, 300) : 0];
                random.NextBytes(noise);
                wal.Raw(noise).Put((ulong)i + 1, $"key-{i}", new string('v', random.Next(200)));
                expected++;
            }

            (List<string> entries, _) = StockWalReading.Save(Write(wal.ToArray()));
            Assert.True(entries.Count == expected, $"seed {seed + round}: {entries.Count} of {expected}");
            _ = StockWalReading.Replay(Path.Combine(_directory.Path, "1.wal"));
        }
    }

    private string Write(byte[] bytes)
    {
        string path = _directory.Combine("1.wal");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
