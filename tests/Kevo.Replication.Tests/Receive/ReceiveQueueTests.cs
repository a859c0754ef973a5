using Kevo.Replication.Receive;
using Kevo.Replication.Tests.World;
using Kevo.Wire;

namespace Kevo.Replication.Tests.Receive;

public sealed class ReceiveQueueTests
{
    private static ReceivedMessage New(ulong first, ulong last) => new(Entries.Range(first, last), 0);

    [Fact]
    public void Messages_come_out_in_order()
    {
        ReceiveQueue queue = new(1 << 20);
        for (ulong i = 1; i <= 5; i++)
        {
            Assert.True(queue.TryEnqueue(New(i, i)));
        }

        for (ulong i = 1; i <= 5; i++)
        {
            Assert.True(queue.TryDequeue(out ReceivedMessage received));
            StreamResponseReader reader = received.Message.Read();
            Assert.True(reader.TryReadEntry(out StreamEntry entry));
            Assert.Equal(i, entry.Sequence);
            received.Message.Dispose();
        }

        Assert.False(queue.TryDequeue(out _));
        Assert.Equal((0, 0L), (queue.Count, queue.QueuedBytes));
    }

    [Fact]
    public void Its_bytes_are_bounded_and_one_large_message_is_still_admitted_when_it_is_empty()
    {
        ReceiveQueue queue = new(2000);
        ReceivedMessage large = New(1, 200);
        Assert.True(queue.TryEnqueue(in large));
        ReceivedMessage small = New(1, 1);
        Assert.False(queue.TryEnqueue(in small));
        Assert.True(queue.TryDequeue(out _));
        Assert.True(queue.TryEnqueue(in small));
        large.Message.Dispose();
        queue.Clear();
    }

    [Fact]
    public void Empty_messages_are_bounded_too()
    {
        ReceiveQueue queue = new(10_000);
        int admitted = 0;
        while (true)
        {
            ReceivedMessage heartbeat = new(Entries.Heartbeat(), 0);
            if (!queue.TryEnqueue(in heartbeat))
            {
                heartbeat.Message.Dispose();
                break;
            }

            admitted++;
        }

        Assert.InRange(admitted, 1, 10_000 / ReceiveQueue.MessageOverheadBytes);
        queue.Clear();
    }

    [Fact]
    public void A_producer_without_room_waits_until_something_was_taken_or_it_is_released()
    {
        ReceiveQueue queue = new(600);
        Assert.True(queue.TryEnqueue(New(1, 1)));
        ReceivedMessage second = New(2, 2);
        Assert.False(queue.TryEnqueue(in second));
        ValueTask room = queue.WaitForRoomAsync(in second);
        Assert.False(room.IsCompleted);
        Assert.True(queue.TryDequeue(out ReceivedMessage first));
        Assert.True(room.IsCompleted);
        Assert.True(queue.TryEnqueue(in second));
        ReceivedMessage third = New(3, 3);
        ValueTask released = queue.WaitForRoomAsync(in third);
        Assert.False(released.IsCompleted);
        queue.ReleaseProducer();
        Assert.True(released.IsCompleted);
        first.Message.Dispose();
        third.Message.Dispose();
        queue.Clear();
    }

    [Fact]
    public void Room_made_between_the_refusal_and_the_wait_is_not_missed()
    {
        ReceiveQueue queue = new(600);
        Assert.True(queue.TryEnqueue(New(1, 1)));
        ReceivedMessage second = New(2, 2);
        Assert.False(queue.TryEnqueue(in second));
        Assert.True(queue.TryDequeue(out ReceivedMessage first));
        Assert.True(queue.WaitForRoomAsync(in second).IsCompleted);
        first.Message.Dispose();
        second.Message.Dispose();
    }
}
