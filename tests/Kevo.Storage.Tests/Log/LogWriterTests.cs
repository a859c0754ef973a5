using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Testing.Disk;

namespace Kevo.Storage.Tests.Log;

public sealed class LogWriterTests : IDisposable
{
    private readonly LogDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Discarded_entries_are_as_if_they_had_never_been_appended()
    {
        using WriteAheadLog log = _directory.Begin();
        log.Write(1, 2);
        log.Append(Entries.Put(3, 700));
        log.Append(Entries.Put(4, 700));
        log.Discard();
        Assert.Equal(new LogPosition(1, 2), log.Appended);
        Assert.Equal(0, log.OpenFrameEntries);
        log.Append(Entries.Put(3));
        _ = log.Seal();
        log.Discard();
        log.Write(3, 1, 30);
        Assert.Equal(Entries.Expected(1, 2).Concat(Entries.Expected(3, 1, 30)), log.ReadAll(new LogPosition(1, 1)));
        Assert.Contains(Inspect().Findings, static finding => finding.Case == RecoveryCase.ZeroTail);
    }

    [Fact]
    public void A_discarded_frame_that_had_moved_leaves_a_clean_spare()
    {
        using WriteAheadLog log = _directory.Begin();
        log.Write(1, 1);
        AppendUntilMoved(log, 2);
        log.Discard();
        Assert.True(log.NextSegmentIsPrepared);
        Assert.Equal(1, log.GetStatistics().Segments);
        log.Write(2, 200);
        Assert.Equal(Entries.Expected(1, 201), log.ReadAll(new LogPosition(1, 1)));
        Assert.True(Inspect().IsSound);
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(7, 5)]
    [InlineData(0, 5)]
    public void A_sequence_that_does_not_continue_the_log_is_refused(ulong sequence, int durable)
    {
        using WriteAheadLog log = _directory.Begin();
        log.Write(1, durable);
        byte[] payload = Entries.Put(6);
        BitConverter.TryWriteBytes(payload.AsSpan(1), sequence);
        Assert.Throws<InvalidOperationException>(() => log.Append(WalEntry.FromVerified(payload)));
        log.Write(6, 1);
    }

    [Fact]
    public void The_last_sequence_there_is_can_be_written_and_none_after_it()
    {
        using WriteAheadLog log = _directory.Open();
        log.BeginEpoch(new LogPosition(1, EntryLimits.LastSequence - 1));
        log.Write(EntryLimits.LastSequence, 1);
        StorageException refused = Assert.Throws<StorageException>(
            () => log.Append(Entries.Put(EntryLimits.LastSequence + 1)));
        Assert.Equal(StorageFault.LimitExceeded, refused.Fault);
    }

    [Fact]
    public void Nothing_is_appended_before_an_epoch_or_to_a_sealed_frame()
    {
        using WriteAheadLog log = _directory.Open();
        Assert.Throws<InvalidOperationException>(() => log.Append(Entries.Put(1)));
        log.BeginEpoch(LogDirectory.Start);
        log.Append(Entries.Put(1));
        _ = log.Seal();
        Assert.Throws<InvalidOperationException>(() => log.Append(Entries.Put(2)));
        Assert.Throws<InvalidOperationException>(() => log.BeginEpoch(new LogPosition(2, 0)));
        log.Sync();
        log.Append(Entries.Put(2));
        Assert.Throws<InvalidOperationException>(() => log.BeginEpoch(new LogPosition(2, 0)));
    }

    [Fact]
    public void A_sync_without_entries_does_nothing()
    {
        var disk = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        using WriteAheadLog log = _directory.Begin(fileSystem: disk);
        log.Sync();
        Assert.False(log.Seal().TryRead(out _, out _));
        Assert.Equal(0, disk.CountOf(LogOperations.SyncFrame));
        Assert.Equal(LogDirectory.Start, log.Durable);
    }

    [Fact]
    public void One_frame_costs_one_write_and_one_sync()
    {
        var disk = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        using WriteAheadLog log = _directory.Begin(fileSystem: disk);
        int before = disk.Operations.Count;
        log.Write(1, 20);
        Assert.Equal(
            [LogOperations.WriteFrame, LogOperations.SyncFrame],
            disk.Operations.Skip(before).Select(static one => one.Name));
    }

    [Fact]
    public void A_segment_is_published_in_the_order_that_survives_a_crash()
    {
        var disk = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        using WriteAheadLog log = _directory.Begin(fileSystem: disk);
        log.Write(1, 1);
        int before = disk.Operations.Count;
        AppendUntilMoved(log, 2);
        log.Sync();
        Assert.Equal(
            [
                LogOperations.Allocate, LogOperations.SyncAllocation, LogOperations.SyncEnd, LogOperations.Truncate,
                LogOperations.SyncHeader, LogOperations.Rename, LogOperations.SyncDirectory, LogOperations.WriteFrame,
                LogOperations.SyncFrame,
            ],
            disk.Operations.Skip(before).Select(static one => one.Name));
    }

    [Fact]
    public void A_prepared_segment_spares_the_append_the_allocation()
    {
        var disk = new FaultInjectingFileSystem(LinuxFileSystem.Instance);
        using WriteAheadLog log = _directory.Begin(fileSystem: disk);
        Assert.True(log.PrepareNextSegment());
        Assert.False(log.PrepareNextSegment());
        int before = disk.CountOf(LogOperations.Allocate);
        log.Write(1, 1);
        AppendUntilMoved(log, 2);
        log.Sync();
        Assert.Equal(2, log.GetStatistics().Segments);
        Assert.Equal(before, disk.CountOf(LogOperations.Allocate));
    }

    [Fact]
    public void A_transaction_that_keeps_outgrowing_its_segment_stays_whole()
    {
        const int Operations = 3000;
        using (WriteAheadLog log = _directory.Begin())
        {
            log.Write(1, 5);
            for (int i = 0; i < Operations; i++)
            {
                log.Append(Entries.Put(6, 100, $"{i}-"));
            }

            Assert.Equal(new LogPosition(1, 5), log.Durable);
            log.Sync();
            Assert.Empty(Directory.GetFiles(_directory.Path, "*.tmp").Skip(1));
        }

        using WriteAheadLog again = _directory.Open();
        using LogCursor cursor = again.OpenCursor(new LogPosition(1, 6));
        Assert.True(cursor.MoveNext());
        Assert.Equal(Operations, cursor.EntryCount);
        Assert.Equal(cursor.FirstPosition, cursor.LastPosition);
    }

    [Fact]
    public void An_epoch_begins_with_a_segment_of_its_own_and_survives_reopening()
    {
        using (WriteAheadLog log = _directory.Begin())
        {
            log.Write(1, 3);
            log.BeginEpoch(new LogPosition(2, 70));
            Assert.Equal(new LogPosition(2, 70), log.Durable);
            Assert.Equal(LogPosition.None, log.First);
            Assert.Throws<InvalidOperationException>(() => log.BeginEpoch(new LogPosition(2, 80)));
        }

        using WriteAheadLog again = _directory.Open();
        Assert.Equal(new LogPosition(2, 70), again.Durable);
        again.Write(71, 2);
        Assert.Equal(new LogPosition(2, 71), again.First);
        Assert.Equal(Entries.Expected(71, 2), again.ReadAll(new LogPosition(2, 71)));
        Assert.Throws<DivergenceException>(() => again.OpenCursor(new LogPosition(1, 1)));
        Assert.Equal(1, again.DeleteBelow(new LogPosition(2, 71)));
    }

    [Fact]
    public void A_second_opening_of_the_same_directory_is_refused()
    {
        using WriteAheadLog log = _directory.Begin();
        StorageException refused = Assert.Throws<StorageException>(() => _directory.Open().Dispose());
        Assert.Equal(StorageFault.InUse, refused.Fault);
        log.Write(1, 1);
    }

    [Fact]
    public void Appending_and_syncing_allocate_nothing()
    {
        using WriteAheadLog log = _directory.Begin(segmentSize: 64 << 20);
        byte[] payload = Entries.Put(1, 80);
        ulong sequence = 1;
        Assert.Equal(0, AllocatedBytes.LeastOf(() => WriteBatch(log, payload, ref sequence), times: 20));
        Assert.Equal(12_000UL, log.Durable.Sequence);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(4097)]
    [InlineData((1 << 30) + 4096)]
    public void An_unusable_segment_size_is_a_configuration_error(int size) =>
        Assert.Throws<ConfigurationException>(() => new LogOptions { Directory = "x", SegmentSize = size });

    private static void WriteBatch(WriteAheadLog log, byte[] payload, ref ulong sequence)
    {
        for (int i = 0; i < 100; i++)
        {
            BitConverter.TryWriteBytes(payload.AsSpan(1), sequence++);
            log.Append(WalEntry.FromVerified(payload));
        }

        log.Sync();
    }

    // One transaction too large for what is left of the segment, but not for a whole one.
    private static void AppendUntilMoved(WriteAheadLog log, ulong sequence)
    {
        for (int i = 0; i < 9; i++)
        {
            log.Append(Entries.Put(sequence, 400, $"{i}-"));
        }
    }

    private LogInspection Inspect() => LogInspector.Inspect(LinuxFileSystem.Instance, _directory.Path);
}
