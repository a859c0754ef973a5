using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.Storage.Tests.Log;

public sealed class WriteAheadLogTests : IDisposable
{
    private static readonly LogPosition Start = new(1, 0);

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_was_synced_is_found_again_after_reopening()
    {
        using (WriteAheadLog log = Open())
        {
            log.BeginEpoch(Start);
            log.Write(1, 10);
            log.Write(11, 5);
            Assert.Equal(new LogPosition(1, 15), log.Durable);
            Assert.Equal(new LogPosition(1, 1), log.First);
            Assert.Equal(Entries.Expected(1, 15), log.ReadAll(new LogPosition(1, 1)));
        }

        using WriteAheadLog again = Open();
        Assert.Equal(new LogPosition(1, 15), again.Durable);
        Assert.Equal(15, again.Recovery.Entries);
        Assert.Equal(2, again.Recovery.Frames);
        Assert.Equal(Entries.Expected(1, 15), again.ReadAll(new LogPosition(1, 1)));
        again.Write(16, 1);
        Assert.Equal(Entries.Expected(12, 5), again.ReadAll(new LogPosition(1, 12)).TakeLast(5));
    }

    [Fact]
    public void The_log_goes_on_over_many_segments()
    {
        const int Frames = 400;
        using (WriteAheadLog log = Open(segmentSize: 4096))
        {
            log.BeginEpoch(Start);
            for (int i = 0; i < Frames; i++)
            {
                log.Write(1 + (ulong)(i * 3), 3);
            }

            Assert.True(log.GetStatistics().Segments > 10);
            Assert.Equal(Entries.Expected(1, Frames * 3), log.ReadAll(new LogPosition(1, 1)));
        }

        using WriteAheadLog again = Open(segmentSize: 4096);
        Assert.Equal(Entries.Expected(1, Frames * 3), again.ReadAll(new LogPosition(1, 1)));
        Assert.Equal(new LogPosition(1, Frames * 3), again.Durable);
    }

    [Fact]
    public void Addresses_of_sealed_entries_read_back_the_entries()
    {
        using WriteAheadLog log = Open(segmentSize: 4096);
        log.BeginEpoch(Start);
        List<(LogAddress Address, string Payload)> seen = [];
        for (ulong sequence = 1; sequence <= 200; sequence++)
        {
            log.Append(Entries.Put(sequence));
            FrameReader frame = log.Seal();
            while (frame.TryRead(out WalEntry entry, out LogAddress address))
            {
                seen.Add((address, Convert.ToHexString(entry.Payload)));
            }

            log.Sync();
        }

        Assert.Equal(Entries.Expected(1, 200), seen.Select(static one => one.Payload));
        Assert.All(seen, one => Assert.Equal(one.Payload, Convert.ToHexString(log.ReadEntry(one.Address).Payload)));
    }

    [Fact]
    public void A_transaction_larger_than_a_segment_gets_one_of_its_own()
    {
        using (WriteAheadLog log = Open(segmentSize: 4096))
        {
            log.BeginEpoch(Start);
            log.Write(1, 3);
            for (int i = 0; i < 500; i++)
            {
                log.Append(Entries.Put(4, 100));
            }

            log.Sync();
            log.Write(5, 3);
        }

        using WriteAheadLog again = Open(segmentSize: 4096);
        Assert.Equal(new LogPosition(1, 7), again.Durable);
        Assert.Equal(506, again.ReadAll(new LogPosition(1, 1)).Count);
        Assert.True(again.GetStatistics().Bytes > 500 * 100);
    }

    private WriteAheadLog Open(int segmentSize = LogOptions.DefaultSegmentSize) => WriteAheadLog.Open(
        new LogOptions { Directory = _directory.Combine("log"), SegmentSize = segmentSize }, LinuxFileSystem.Instance);
}
