using System.Text;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Writing;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.Relay.Tests.Writing;

/// <summary>The embedded primary: numbers, durability, transactions, many writers.</summary>
public sealed class RelayPrimaryTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Numbers_go_up_by_one_and_a_transaction_takes_one()
    {
        using WriteAheadLog log = Open();
        using var primary = new RelayPrimary(log);
        using var transaction = new PrimaryTransaction();
        transaction.Put("a"u8, "1"u8);
        transaction.Delete("b"u8);
        transaction.Put("c"u8, "3"u8);

        Assert.Equal(1UL, primary.Put("b"u8, "2"u8));
        Assert.Equal(2UL, primary.Commit(transaction));
        Assert.Equal(3UL, primary.Delete("a"u8));
        transaction.Clear();
        Assert.Equal(0UL, primary.Commit(transaction));
        Assert.Equal(new LogPosition(1, 3), primary.Durable);

        KeyTable table = KeyTable.Replay(log);
        Assert.Equal("3"u8, Assert.Single(table.Keys).Value);
        Assert.Equal(new LogPosition(1, 3), table.Position);
    }

    [Fact]
    public void Enqueued_writes_are_durable_after_a_flush_and_a_new_primary_goes_on_behind_them()
    {
        using (WriteAheadLog log = Open())
        {
            using var primary = new RelayPrimary(log, flushBytes: 1_000);
            for (int i = 0; i < 500; i++)
            {
                primary.EnqueuePut(Encoding.UTF8.GetBytes($"k{i}"), "value"u8);
            }

            Assert.True(primary.Durable.Sequence is > 400 and < 500);
            primary.Flush();
            Assert.Equal(500UL, primary.Durable.Sequence);
        }

        using WriteAheadLog again = Open();
        using var next = new RelayPrimary(again);
        Assert.Equal(501UL, next.Put("k"u8, []));
    }

    [Fact]
    public void Writers_on_many_threads_lose_nothing_and_share_syncs()
    {
        using WriteAheadLog log = Open();
        using var primary = new RelayPrimary(log);
        const int Writers = 8;
        const int Writes = 200;
        var numbers = new ulong[Writers][];
        var threads = new Thread[Writers];
        for (int w = 0; w < Writers; w++)
        {
            int writer = w;
            threads[w] = new Thread(() =>
            {
                numbers[writer] = [.. Enumerable.Range(0, Writes)
                    .Select(i => primary.Put(Encoding.UTF8.GetBytes($"{writer}-{i}"), "v"u8))];
            });
            threads[w].Start();
        }

        foreach (Thread thread in threads)
        {
            thread.Join();
        }

        Assert.Equal(
            Enumerable.Range(1, Writers * Writes).Select(number => (ulong)number),
            numbers.SelectMany(of => of).Order());
        Assert.Equal(Writers * Writes, KeyTable.Replay(log).Count);
        Assert.True(log.GetStatistics().SyncedFrames < Writers * Writes);
    }

    [Fact]
    public void Keys_and_values_over_the_limits_are_refused_and_take_no_number()
    {
        using WriteAheadLog log = Open();
        using var primary = new RelayPrimary(log);

        Assert.Throws<ArgumentException>(() => primary.Put([], "v"u8));
        Assert.Throws<ArgumentException>(() => primary.Put(new byte[EntryLimits.MaxKeyLength + 1], "v"u8));
        Assert.Throws<ArgumentException>(() => primary.Put("k"u8, new byte[EntryLimits.MaxValueLength + 1]));
        Assert.Equal(1UL, primary.Put("k"u8, "v"u8));
    }

    private WriteAheadLog Open() =>
        WriteAheadLog.Open(
            new LogOptions { Directory = _directory.Combine("log"), SegmentSize = 1 << 20 }, LinuxFileSystem.Instance);
}
