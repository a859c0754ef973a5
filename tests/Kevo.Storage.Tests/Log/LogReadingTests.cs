using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.Storage.Tests.Log;

public sealed class LogReadingTests : IDisposable
{
    private readonly LogDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void A_cursor_follows_the_log_as_it_grows_over_segments()
    {
        using WriteAheadLog log = _directory.Begin();
        using LogCursor cursor = log.OpenCursor(new LogPosition(1, 1));
        Assert.False(cursor.MoveNext());
        List<string> seen = [];
        for (ulong sequence = 1; sequence <= 600; sequence += 20)
        {
            log.Write(sequence, 20);
            seen.AddRange(cursor.ReadRest());
        }

        Assert.True(log.GetStatistics().Segments > 3);
        Assert.Equal(Entries.Expected(1, 600), seen);
    }

    [Fact]
    public void A_cursor_does_not_see_what_is_not_durable()
    {
        using WriteAheadLog log = _directory.Begin();
        using LogCursor cursor = log.OpenCursor(new LogPosition(1, 1));
        log.Append(Entries.Put(1));
        _ = log.Seal();
        Assert.False(cursor.MoveNext());
        log.Sync();
        Assert.True(cursor.MoveNext());
        Assert.Equal(new LogPosition(1, 1), cursor.FirstPosition);
    }

    [Fact]
    public void A_cursor_starts_with_the_batch_that_holds_the_position_or_waits_for_it()
    {
        using WriteAheadLog log = _directory.Begin();
        log.Write(1, 10);
        log.Write(11, 10);
        using LogCursor middle = log.OpenCursor(new LogPosition(1, 14));
        Assert.True(middle.MoveNext());
        Assert.Equal(new LogPosition(1, 11), middle.FirstPosition);
        Assert.Equal(new LogPosition(1, 20), middle.LastPosition);
        Assert.Equal(10, middle.EntryCount);

        using LogCursor next = log.OpenCursor(new LogPosition(1, 21));
        Assert.False(next.MoveNext());
        log.Write(21, 1);
        Assert.True(next.MoveNext());
        Assert.Equal(new LogPosition(1, 21), next.FirstPosition);
    }

    [Fact]
    public void A_position_that_is_not_of_this_log_is_refused_with_its_reason()
    {
        int last = _directory.Fill(60);
        using WriteAheadLog log = _directory.Open();
        Assert.Throws<DivergenceException>(() => log.OpenCursor(new LogPosition(1, (ulong)last + 2)));
        Assert.Throws<DivergenceException>(() => log.OpenCursor(new LogPosition(2, 1)));
        Assert.Throws<DivergenceException>(() => log.OpenCursor(LogPosition.None));
        Assert.True(log.DeleteBelow(new LogPosition(1, 300)) > 1);
        Assert.True(log.First.Sequence is > 1 and <= 300);
        Assert.Throws<RetentionException>(() => log.OpenCursor(new LogPosition(1, log.First.Sequence - 1)));
        Assert.Throws<RetentionException>(() => log.OpenCursor(new LogPosition(1, 0)));
        log.OpenCursor(log.First).Dispose();
    }

    [Fact]
    public void A_cursor_says_when_its_epoch_has_ended()
    {
        using WriteAheadLog log = _directory.Begin();
        log.Write(1, 2);
        using LogCursor cursor = log.OpenCursor(new LogPosition(1, 1));
        log.BeginEpoch(new LogPosition(2, 0));
        Assert.True(cursor.MoveNext());
        DivergenceException ended = Assert.Throws<DivergenceException>(() => cursor.MoveNext());
        Assert.Contains("epoch 2", ended.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Segments_under_a_cursor_are_not_deleted()
    {
        int last = _directory.Fill(60);
        using WriteAheadLog log = _directory.Open();
        using (LogCursor cursor = log.OpenCursor(new LogPosition(1, 1)))
        {
            Assert.Equal(0, log.DeleteBelow(log.Durable));
            Assert.Equal(last, cursor.ReadRest().Count);
            Assert.True(log.DeleteBelow(log.Durable) > 1);
        }

        Assert.Equal(1, log.GetStatistics().Segments);
        Assert.True(File.Exists(_directory.Segment((uint)Directory.GetFiles(_directory.Path, "*.seg")
            .Select(static file => int.Parse(Path.GetFileNameWithoutExtension(file))).Single())));
    }

    [Fact]
    public void A_retention_pin_keeps_history_until_it_is_moved_or_disposed()
    {
        _ = _directory.Fill(60);
        using WriteAheadLog log = _directory.Open();
        using RetentionPin early = log.PinRetention(new LogPosition(1, 1));
        using (RetentionPin late = log.PinRetention(new LogPosition(1, 250)))
        {
            Assert.Equal(0, log.DeleteBelow(log.Durable));
            early.Move(log.Durable);
            Assert.True(log.DeleteBelow(log.Durable) > 0);
            Assert.True(log.First.Sequence <= 250);
        }

        Assert.True(log.DeleteBelow(log.Durable) > 0);
        Assert.True(log.First.Sequence > 250);
    }

    [Fact]
    public void A_pinned_segment_stays_readable_after_it_was_deleted()
    {
        _ = _directory.Fill(60);
        WriteAheadLog log = _directory.Open();
        LogAddress address;
        using (LogCursor cursor = log.OpenCursor(new LogPosition(1, 5)))
        {
            Assert.True(cursor.MoveNext());
            Assert.True(cursor.TryReadEntry(out _, out address));
        }

        SegmentPin pin = log.Pin(address);
        SegmentPin second = log.Pin(address);
        Assert.True(log.DeleteBelow(log.Durable) > 1);
        Assert.Equal(1, log.GetStatistics().DeletedButPinned);
        Assert.False(File.Exists(_directory.Segment(address.SegmentId)));
        pin.Dispose();
        pin.Dispose();
        Assert.Equal(Entries.Put(1), log.ReadEntry(address).Payload.ToArray());
        Assert.Equal(Entries.Put(1), log.ReadFrom(address)[..Entries.Put(1).Length].ToArray());
        log.Dispose();
        Assert.Equal(Entries.Put(1), log.ReadEntry(address).Payload.ToArray());
        second.Dispose();
        Assert.Throws<InvalidOperationException>(() => _ = log.ReadEntry(address).Payload.Length);
    }

    [Fact]
    public void A_closed_segment_can_still_be_read_through_its_addresses()
    {
        using WriteAheadLog log = _directory.Begin();
        log.Append(Entries.Put(1));
        FrameReader frame = log.Seal();
        Assert.True(frame.TryRead(out _, out LogAddress address));
        log.Sync();
        log.Write(2, 200);
        Assert.True(log.GetStatistics().Segments > 1);
        Assert.Equal(Entries.Put(1), log.ReadEntry(address).Payload.ToArray());
    }

    [Fact]
    public async Task Waiting_ends_when_the_position_is_durable_and_not_before()
    {
        using WriteAheadLog log = _directory.Begin();
        CancellationToken none = TestContext.Current.CancellationToken;
        Task third = log.WaitForDurableAsync(new LogPosition(1, 3), none).AsTask();
        Task fifth = log.WaitForDurableAsync(new LogPosition(1, 5), none).AsTask();
        log.Write(1, 2);
        Assert.False(third.IsCompleted);
        log.Write(3, 1);
        await third.WaitAsync(TimeSpan.FromSeconds(30), none);
        Assert.False(fifth.IsCompleted);
        Assert.True(log.WaitForDurableAsync(new LogPosition(1, 3), none).IsCompletedSuccessfully);
        log.BeginEpoch(new LogPosition(2, 0));
        await fifth.WaitAsync(TimeSpan.FromSeconds(30), none);
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_cancelled_or_the_log_is_closed()
    {
        WriteAheadLog log = _directory.Begin();
        using var cancellation = new CancellationTokenSource();
        Task cancelled = log.WaitForDurableAsync(new LogPosition(1, 3), cancellation.Token).AsTask();
        Task closed = log.WaitForDurableAsync(new LogPosition(1, 3), TestContext.Current.CancellationToken).AsTask();
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        log.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => closed);
    }

    [Fact]
    public async Task Readers_on_other_threads_see_every_entry_while_the_log_is_written_and_trimmed()
    {
        const int Last = 6000;
        using WriteAheadLog log = _directory.Begin();
        CancellationToken none = TestContext.Current.CancellationToken;
        Task<int>[] readers = [.. Enumerable.Range(0, 2).Select(_ => Follow(log, Last, none))];
        for (ulong sequence = 1; sequence <= Last; sequence += 20)
        {
            log.Write(sequence, 20);
            if (sequence % 400 == 1)
            {
                _ = log.DeleteBelow(new LogPosition(1, sequence / 2));
            }
        }

        int[] seen = await Task.WhenAll(readers).WaitAsync(TimeSpan.FromMinutes(2), none);
        Assert.All(seen, static count => Assert.Equal(Last, count));
    }

    [Fact]
    public void Moving_a_cursor_allocates_nothing()
    {
        _ = _directory.Fill(60);
        using WriteAheadLog log = _directory.Open();
        const int Rounds = 3;
        LogCursor[] cursors = [.. Enumerable.Range(0, Rounds + 1).Select(_ => log.OpenCursor(new LogPosition(1, 1)))];
        int walk = 0;
        int entries = 0;

        // Changing the segment takes and gives back references, which is where the only objects could come from.
        long allocated = AllocatedBytes.LeastOf(() => entries = CountEntries(cursors[walk++]), rounds: Rounds);
        Array.ForEach(cursors, static cursor => cursor.Dispose());
        Assert.True(entries > 500);
        Assert.Equal(0, allocated);
    }

    private static int CountEntries(LogCursor cursor)
    {
        int entries = 0;
        while (cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                entries += entry.Key.IsEmpty ? 0 : 1;
            }
        }

        return entries;
    }

    private static Task<int> Follow(WriteAheadLog log, int last, CancellationToken cancellationToken)
    {
        LogCursor cursor = log.OpenCursor(new LogPosition(1, 1));
        return Task.Run(
            async () =>
            {
                using (cursor)
                {
                    ulong sequence = 0;
                    while (sequence < (ulong)last)
                    {
                        await log.WaitForDurableAsync(new LogPosition(1, sequence + 1), cancellationToken);
                        foreach (string payload in cursor.ReadRest())
                        {
                            sequence++;
                            Assert.Equal(Convert.ToHexString(Entries.Put(sequence)), payload);
                        }
                    }

                    return (int)sequence;
                }
            },
            cancellationToken);
    }
}
