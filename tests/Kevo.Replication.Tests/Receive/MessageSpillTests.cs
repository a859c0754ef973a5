using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Receive;
using Kevo.Replication.Tests.World;
using Kevo.Testing;
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
}
