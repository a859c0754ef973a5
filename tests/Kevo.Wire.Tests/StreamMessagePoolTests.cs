using System.Buffers;

namespace Kevo.Wire.Tests;

/// <summary>Who owns a message, and how much the pool keeps.</summary>
public sealed class StreamMessagePoolTests
{
    [Theory]
    [InlineData(0, 256)]
    [InlineData(1, 256)]
    [InlineData(256, 256)]
    [InlineData(257, 512)]
    [InlineData((16 << 20) + 100, 32 << 20)]
    [InlineData((32 << 20) + 1, (32 << 20) + 1)]
    public void A_message_is_as_long_as_its_response(int length, int capacity)
    {
        StreamMessagePool pool = new();
        using StreamMessage message = pool.Copy(new byte[length]);

        Assert.Equal(length, message.Length);
        Assert.Equal(length, message.Span.Length);
        Assert.Equal(capacity, message.Capacity);
        Assert.Equal(1, pool.Outstanding);
        Assert.Equal(capacity, pool.OutstandingBytes);
    }

    [Fact]
    public void The_bytes_are_copied_from_all_segments()
    {
        Segment first = new([1, 2, 3]);
        Segment last = first.Append([4, 5]).Append([6]);
        StreamMessagePool pool = new();

        using StreamMessage message = pool.Copy(new ReadOnlySequence<byte>(first, 0, last, 1));

        Assert.Equal(new byte[] { 1, 2, 3, 4, 5, 6 }, message.Span.ToArray());
    }

    [Fact]
    public void A_disposed_message_is_used_again()
    {
        StreamMessagePool pool = new();
        StreamMessage first = pool.Copy(new byte[1000]);
        first.Dispose();
        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(0, pool.OutstandingBytes);
        Assert.Equal(1024, pool.RetainedBytes);

        using StreamMessage second = pool.Copy([7, .. new byte[600]]);

        Assert.Same(first, second);
        Assert.Equal(601, second.Length);
        Assert.Equal(7, second.Span[0]);
        Assert.Equal(0, pool.RetainedBytes);
    }

    [Fact]
    public void Disposing_twice_and_reading_afterwards_throw()
    {
        StreamMessage message = new StreamMessagePool().Copy([1]);
        message.Dispose();

        Assert.Throws<InvalidOperationException>(message.Dispose);
        Assert.Throws<ObjectDisposedException>(() => message.Length);
        Assert.Throws<ObjectDisposedException>(() => message.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => message.Read().EntryCount);
    }

    [Fact]
    public void No_more_is_kept_than_allowed()
    {
        StreamMessagePool pool = new(maxRetainedBytes: 5000);
        StreamMessage[] messages = new StreamMessage[10];
        for (int i = 0; i < messages.Length; i++)
        {
            messages[i] = pool.Copy(new byte[1000]);
        }

        foreach (StreamMessage message in messages)
        {
            message.Dispose();
        }

        Assert.Equal(4096, pool.RetainedBytes);
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public void Messages_beyond_the_largest_size_are_not_kept()
    {
        StreamMessagePool pool = new();
        pool.Copy(new byte[(32 << 20) + 1]).Dispose();
        pool.Copy(new byte[(32 << 20) + 1]).Dispose();

        Assert.Equal(0, pool.RetainedBytes);
        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task Threads_may_share_a_pool()
    {
        StreamMessagePool pool = new(maxRetainedBytes: 100_000);
        Task[] tasks = new Task[4];
        for (int t = 0; t < tasks.Length; t++)
        {
            byte mark = (byte)t;
            tasks[t] = Task.Run(() =>
            {
                Random random = new(mark);
                byte[] bytes = new byte[5000];
                bytes.AsSpan().Fill(mark);
                for (int round = 0; round < 20_000; round++)
                {
                    using StreamMessage message = pool.Copy(bytes.AsSpan(0, random.Next(5000)));
                    Assert.True(message.Span.IndexOfAnyExcept(mark) < 0);
                }
            });
        }

        await Task.WhenAll(tasks);

        Assert.Equal(0, pool.Outstanding);
        Assert.Equal(0, pool.OutstandingBytes);
        Assert.InRange(pool.RetainedBytes, 256, 100_000);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes) => Memory = bytes;

        public Segment Append(byte[] bytes)
        {
            Segment next = new(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
