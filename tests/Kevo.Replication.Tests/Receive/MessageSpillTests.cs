using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Receive;
using Kevo.Replication.Tests.World;
using Kevo.Testing;
using Kevo.Testing.Disk;
using Kevo.Wire;

namespace Kevo.Replication.Tests.Receive;

public sealed class MessageSpillTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string File => _directory.Combine("received.spill");

    public void Dispose() => _directory.Dispose();

    private ReceiveQueue NewQueue(long memory, long disk = 1 << 20) => new(
        memory, new MessageSpill(new SpillPlace(LinuxFileSystem.Instance, _directory.Path), Entries.Pool, disk));

    private static bool Add(ReceiveQueue queue, ulong sequence)
    {
        ReceivedMessage message = new(Entries.Range(sequence, sequence), (long)sequence * 10);
        if (queue.TryEnqueue(in message))
        {
            return true;
        }

        using (message.Message)
        {
            return queue.TrySpill(in message);
        }
    }

    private static ulong Take(ReceiveQueue queue)
    {
        Assert.True(queue.TryDequeue(out ReceivedMessage received));
        using StreamMessage message = received.Message;
        StreamResponseReader reader = message.Read();
        Assert.True(reader.TryReadEntry(out StreamEntry entry));
        Assert.Equal((long)entry.Sequence * 10, received.ArrivedAt);
        return entry.Sequence;
    }

    [Fact]
    public void What_finds_no_room_in_memory_comes_back_from_disk_in_order()
    {
        ReceiveQueue queue = NewQueue(1000);
        int seed = Seed.For(3);
        Random random = new(seed);
        ulong added = 0;
        ulong taken = 0;
        for (int step = 0; step < 2000; step++)
        {
            if (random.Next(100) < 55)
            {
                Assert.True(Add(queue, ++added), $"seed {seed}");
            }
            else if (taken < added)
            {
                Assert.Equal(++taken, Take(queue));
            }

            Assert.Equal((int)(added - taken), queue.Count);
        }

        while (taken < added)
        {
            Assert.Equal(++taken, Take(queue));
        }

        Assert.Equal(0, queue.SpilledCount);
        Assert.False(System.IO.File.Exists(File));
    }

    [Fact]
    public void The_file_is_bounded_and_removed_when_the_queue_is_cleared()
    {
        ReceiveQueue queue = NewQueue(400, disk: 500);
        ulong added = 0;
        while (Add(queue, added + 1))
        {
            added++;
        }

        Assert.InRange(new FileInfo(File).Length, 1, 500);
        Assert.True(queue.SpilledCount > 0);
        queue.Clear();
        Assert.False(System.IO.File.Exists(File));
        Assert.Equal(0, queue.Count);
        Assert.True(Add(queue, 1));
        queue.Clear();
    }

    [Fact]
    public void A_file_left_by_a_crash_is_replaced()
    {
        System.IO.File.WriteAllText(File, "left over");
        ReceiveQueue queue = NewQueue(400);
        for (ulong i = 1; i <= 5; i++)
        {
            Assert.True(Add(queue, i));
        }

        for (ulong i = 1; i <= 5; i++)
        {
            Assert.Equal(i, Take(queue));
        }
    }

    [Fact]
    public void A_shortened_file_is_an_error_that_names_it()
    {
        ReceiveQueue queue = NewQueue(400);
        for (ulong i = 1; i <= 5; i++)
        {
            Assert.True(Add(queue, i));
        }

        Assert.Equal(1ul, Take(queue));
        using (FileStream cut = new(File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            cut.SetLength(5);
        }

        StorageException error = Assert.Throws<StorageException>(() => Take(queue));
        Assert.Contains(File, error.Message, StringComparison.Ordinal);
        queue.Clear();
    }

    [Theory]
    [InlineData("SPILL:CREATE", 1)]
    [InlineData("SPILL:OPEN", 1)]
    [InlineData("SPILL:APPEND", 1)]
    [InlineData("SPILL:APPEND", 2)]
    [InlineData("SPILL:APPEND", 3)]
    [InlineData("SPILL:APPEND", 4)]
    public void A_write_that_failed_halfway_leaves_what_was_added_before_and_nothing_behind_it(string call, int time)
    {
        var disk = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        disk.Fail(call, time, StorageFault.Full);
        using var spill = new MessageSpill(new SpillPlace(disk, _directory.Path), Entries.Pool, 1 << 20);
        List<ulong> added = [];
        int failures = 0;
        for (ulong i = 1; i <= 3; i++)
        {
            using StreamMessage message = Entries.Range(i, i);
            try
            {
                if (spill.TryAppend(new ReceivedMessage(message, (long)i * 10)))
                {
                    added.Add(i);
                }
            }
            catch (StorageException full) when (full.Fault == StorageFault.Full)
            {
                failures++;
            }
        }

        // What failed first began the file anew; what failed later ended it.
        Assert.Equal(1, failures);
        ulong[] expected = call == "SPILL:APPEND" && time > 2 ? [1] : [2, 3];
        Assert.Equal(expected, added);
        Assert.Equal(added, TakeAll(spill));
        Assert.False(System.IO.File.Exists(File));

        // An empty file begins anew, whatever happened before.
        using StreamMessage next = Entries.Range(9, 9);
        Assert.True(spill.TryAppend(new ReceivedMessage(next, 90)));
        Assert.Equal([9ul], TakeAll(spill));
    }

    [Fact]
    public void Every_bit_that_turns_over_while_a_message_waits_is_noticed()
    {
        var disk = new SimulatedFileSystem();
        disk.CreateDirectory("TEST:MKDIR", "/spill");
        long length;
        using (var measured = new MessageSpill(new SpillPlace(disk, "/spill"), Entries.Pool, 1 << 20))
        {
            using StreamMessage message = Entries.Range(1, 2);
            Assert.True(measured.TryAppend(new ReceivedMessage(message, 10)));
            length = disk.FileLength("TEST:LENGTH", "/spill/received.spill");
        }

        for (long bit = 0; bit < length * 8; bit++)
        {
            using var spill = new MessageSpill(new SpillPlace(disk, "/spill"), Entries.Pool, 1 << 20);
            using StreamMessage message = Entries.Range(1, 2);
            Assert.True(spill.TryAppend(new ReceivedMessage(message, 10)));
            disk.FlipBit("/spill/received.spill", bit);
            StorageException error = Assert.Throws<StorageException>(() => spill.Take());
            Assert.Equal(StorageFault.Corrupt, error.Fault);
            Assert.Contains("received.spill", error.Message, StringComparison.Ordinal);
        }
    }

    private static List<ulong> TakeAll(MessageSpill spill)
    {
        List<ulong> taken = [];
        while (spill.Count > 0)
        {
            using StreamMessage message = spill.Take().Message;
            StreamResponseReader reader = message.Read();
            Assert.True(reader.TryReadEntry(out StreamEntry entry));
            taken.Add(entry.Sequence);
        }

        return taken;
    }
}
