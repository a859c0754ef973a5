using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Kevo;
using Kevo.Testing;
using Xunit;

namespace Kevo.Storage.Tests.Kevo;

/// <summary>Following WAL files while they are written, across rotation, restart and what stock does to them.</summary>
public sealed class StockWalTailTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Every_prefix_of_a_growing_file_yields_exactly_its_whole_entries()
    {
        byte[] large = StockWalBytes.Entry(1, 3, [.. "big"u8], new byte[200]);
        byte[] whole = new StockWalBytes().Put(1, "a", "1").Delete(2, "a").Fragments(large, 16, 100, 100).ToArray();
        int[] ends = [26, 47, whole.Length];
        using var tail = Tail(StockWalPlace.Start);
        int seen = 0;
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(_directory.Combine("1.wal"), whole[..length]);
            while (tail.Step() == StockTailStep.Entry)
            {
                Assert.Equal(new StockWalPlace("1.wal", ends[seen++]), tail.Place);
            }

            Assert.Equal(ends.Count(end => end <= length), seen);
        }

        Assert.Equal(3, seen);
    }

    [Fact]
    public void A_directory_that_comes_later_files_that_come_later_and_rotation_are_followed()
    {
        string wal = _directory.Combine("wal");
        using var tail = new StockWalTail(LinuxFileSystem.Instance, wal, StockWalPlace.Start);
        Assert.Equal(StockTailStep.Idle, tail.Step());
        Directory.CreateDirectory(wal);
        Assert.Equal(StockTailStep.Idle, tail.Step());
        File.WriteAllBytes(Path.Combine(wal, "1.wal"), new StockWalBytes().Put(5, "a", "1").ToArray());
        Assert.Equal("put 5 a=1", Next(tail));
        Assert.Equal(StockTailStep.Idle, tail.Step());
        File.WriteAllBytes(Path.Combine(wal, "2.wal"), []);
        File.WriteAllBytes(Path.Combine(wal, "3.wal"), new StockWalBytes().Put(1, "b", "2").ToArray());
        Assert.Equal("put 1 b=2", Next(tail));
        Assert.Equal(new StockWalPlace("3.wal", 0), tail.EntryPlace);
    }

    [Fact]
    public void What_was_written_before_the_rotation_is_not_missed()
    {
        string path = _directory.Combine("1.wal");
        byte[] bytes = new StockWalBytes().Put(1, "a", "1").Put(2, "b", "2").ToArray();
        File.WriteAllBytes(path, bytes[..26]);
        using var tail = Tail(StockWalPlace.Start);
        Assert.Equal("put 1 a=1", Next(tail));

        // Both the rest of the old file and the new file appear between two steps.
        File.WriteAllBytes(path, bytes);
        File.WriteAllBytes(_directory.Combine("2.wal"), new StockWalBytes().Put(1, "c", "3").ToArray());
        Assert.Equal("put 2 b=2", Next(tail));
        Assert.Equal("put 1 c=3", Next(tail));
    }

    [Fact]
    public void A_tail_resumes_where_another_ended()
    {
        File.WriteAllBytes(
            _directory.Combine("1.wal"), new StockWalBytes().Put(1, "a", "1").Put(2, "b", "2").ToArray());
        StockWalPlace place;
        using (var first = Tail(StockWalPlace.Start))
        {
            Next(first);
            place = first.Place;
        }

        using var second = Tail(place);
        Assert.Equal("put 2 b=2", Next(second));
    }

    [Fact]
    public void Damage_stops_it_at_the_second_look_and_can_be_skipped_on_request()
    {
        File.WriteAllBytes(
            _directory.Combine("1.wal"),
            new StockWalBytes().Put(1, "a", "1").Put(2, "b", "2").Put(3, "c", "3").Flip(26 + 10).ToArray());
        using var tail = Tail(StockWalPlace.Start);
        Next(tail);
        Assert.Equal(StockTailStep.Idle, tail.Step());
        StorageException error = Assert.Throws<StorageException>(() => tail.Step());
        Assert.Equal(StorageFault.Corrupt, error.Fault);
        Assert.Contains("offset 26", error.Message, StringComparison.Ordinal);

        Assert.Equal(new StockDamage("1.wal", 26, 26, StockDamageKind.Checksum), tail.SkipDamage());
        Assert.Equal("put 3 c=3", Next(tail));
    }

    [Fact]
    public void A_torn_end_with_a_newer_file_behind_it_is_damage()
    {
        File.WriteAllBytes(_directory.Combine("1.wal"), new StockWalBytes().Put(1, "a", "1").Raw(1, 2).ToArray());
        using var tail = Tail(StockWalPlace.Start);
        Next(tail);
        Assert.Equal(StockTailStep.Idle, tail.Step());
        File.WriteAllBytes(_directory.Combine("2.wal"), new StockWalBytes().Put(1, "b", "1").ToArray());

        Assert.Throws<StorageException>(() => tail.Step());
        Assert.Equal(StockDamageKind.TornTail, tail.SkipDamage().Kind);
        Assert.Equal("put 1 b=1", Next(tail));
    }

    [Fact]
    public void Files_that_stock_set_aside_are_another_history()
    {
        File.WriteAllBytes(_directory.Combine("1.wal"), new StockWalBytes().Put(1, "a", "1").ToArray());
        using var tail = Tail(StockWalPlace.Start);
        Next(tail);
        Directory.CreateDirectory(_directory.Combine("backup_20260101_000000"));
        File.Move(_directory.Combine("1.wal"), _directory.Combine("backup_20260101_000000", "1.wal"));
        File.WriteAllBytes(_directory.Combine("2.wal"), []);

        Assert.Throws<DivergenceException>(() => tail.Step());
        Assert.Throws<DivergenceException>(() => Tail(new StockWalPlace("1.wal", 26)));
    }

    [Fact]
    public void A_file_deleted_after_it_was_read_is_no_loss_before_that_it_is()
    {
        File.WriteAllBytes(_directory.Combine("1.wal"), new StockWalBytes().Put(1, "a", "1").ToArray());
        using var tail = Tail(StockWalPlace.Start);
        Next(tail);
        File.Delete(_directory.Combine("1.wal"));
        Assert.Equal(StockTailStep.Idle, tail.Step());
        File.WriteAllBytes(_directory.Combine("2.wal"), new StockWalBytes().Put(1, "b", "1").ToArray());
        Assert.Equal("put 1 b=1", Next(tail));

        Assert.Throws<RetentionException>(() => Tail(new StockWalPlace("1.wal", 26)));
        Assert.Throws<DivergenceException>(() => Tail(new StockWalPlace("2.wal", 27)));
    }

    [Fact]
    public void Transactions_are_runs_of_single_records_with_one_sequence()
    {
        byte[] large = StockWalBytes.Entry(1, 3, [.. "big"u8], new byte[100]);
        var wal = new StockWalBytes()
            .Put(1, "a", "1").Put(2, "b", "1").Put(2, "c", "1").Fragments(large, 16).Put(3, "d", "1").Put(4, "e", "1");
        File.WriteAllBytes(_directory.Combine("1.wal"), wal.ToArray());
        using var tail = new StockTransactionTail(Tail(StockWalPlace.Start));
        using var transaction = new StockTransaction();
        var lengths = new List<(int Count, ulong Sequence)>();
        while (tail.TryRead(transaction, closeOpenRun: false))
        {
            lengths.Add((transaction.Count, transaction.Sequence));
            Assert.Equal(transaction.End, tail.Place);
        }

        Assert.Equal([(1, 1UL), (2, 2UL), (1, 3UL), (1, 3UL)], lengths);
        Assert.True(tail.HasOpenRun);

        // The rest of the open batch arrives before it is closed.
        File.WriteAllBytes(_directory.Combine("1.wal"), wal.Put(4, "f", "1").ToArray());
        Assert.False(tail.TryRead(transaction, closeOpenRun: false));
        Assert.True(tail.TryRead(transaction, closeOpenRun: true));
        Assert.Equal(2, transaction.Count);
        Assert.Equal("put 4 f=1", StockWalReading.Text(transaction[1]));
        Assert.Equal(new StockWalPlace("1.wal", wal.Length), tail.Place);
        Assert.False(tail.TryRead(transaction, closeOpenRun: true));
    }

    private static string Next(StockWalTail tail)
    {
        Assert.Equal(StockTailStep.Entry, tail.Step());
        return StockWalReading.Text(tail.Entry);
    }

    private StockWalTail Tail(StockWalPlace place) => new(LinuxFileSystem.Instance, _directory.Path, place);
}
