using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;

namespace Kevo.Storage.Tests.Log;

/// <summary>Every byte torn, every bit turned over, every length cut: detected, or provably without effect.</summary>
public sealed class LogDamageTests
{
    private const string Directory = "/log";
    private const string First = "/log/0000000001.seg";
    private const string Last = "/log/0000000002.seg";
    private const int Transactions = 12;

    [Fact]
    public void A_last_frame_torn_at_any_byte_is_cut_and_nothing_else_is_lost()
    {
        for (int filler = 0; filler < 2; filler++)
        {
            byte[] whole = ReadFile(Build(), Last);
            (long start, long end) = LastFrame();
            for (long torn = start; torn < end; torn++)
            {
                byte[] bytes = (byte[])whole.Clone();
                bytes.AsSpan((int)torn, (int)(end - torn)).Fill((byte)(filler * 0xFF));
                if (bytes.AsSpan().SequenceEqual(whole))
                {
                    // The frame's padding is zero: zeroing it tears nothing.
                    continue;
                }

                using WriteAheadLog log = Open(With(Last, bytes));
                Assert.Equal((ulong)Transactions - 1, log.Durable.Sequence);
                Assert.Equal(Entries.Expected(1, Transactions - 1, 400), log.ReadAll(new LogPosition(1, 1)));
                log.Write(Transactions, 1);
            }
        }
    }

    [Fact]
    public void Every_flipped_bit_of_a_log_is_detected_or_changes_nothing()
    {
        List<string> expected = Entries.Expected(1, Transactions, 400);
        int stopped = 0;
        int cut = 0;
        foreach (string file in new[] { First, Last })
        {
            long bits = ReadFile(Build(), file).Length * 8L;
            SimulatedFileSystem disk = Build();
            for (long bit = 0; bit < bits; bit++)
            {
                disk.FlipBit(file, bit);
                try
                {
                    using WriteAheadLog log = Open(disk);
                    List<string> found = log.ReadAll(new LogPosition(1, 1));
                    Assert.True(
                        expected.Take(found.Count).SequenceEqual(found), $"bit {bit} of {file}: others are served.");
                    Assert.True(
                        found.Count >= Transactions - 1, $"bit {bit} of {file}: {found.Count} transactions are left.");
                    Assert.Contains(log.Recovery.Findings, static finding => finding.Case == RecoveryCase.TornTail);
                    cut++;
                    disk = Build();
                }
                catch (StorageException error)
                {
                    Assert.True(error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion, error.Message);
                    disk.FlipBit(file, bit);
                    stopped++;
                }
            }
        }

        Assert.True(stopped > 0 && cut > 0);
    }

    [Fact]
    public void Every_shorter_length_of_any_segment_stops()
    {
        foreach (string file in new[] { First, Last })
        {
            byte[] whole = ReadFile(Build(), file);
            for (int length = 0; length < whole.Length; length++)
            {
                SimulatedFileSystem disk = With(file, whole[..length]);
                StorageException stopped = Assert.Throws<StorageException>(() => Open(disk).Dispose());
                Assert.Equal(StorageFault.Corrupt, stopped.Fault);
            }
        }
    }

    [Fact]
    public void An_unreadable_sector_is_an_error_that_names_the_file()
    {
        SimulatedFileSystem disk = Build();
        disk.FailReads(First, 512, 512);
        StorageException failed = Assert.Throws<StorageException>(() => Open(disk).Dispose());
        Assert.Equal(StorageFault.InputOutput, failed.Fault);
        Assert.Equal(First, failed.Path);
    }

    private static SimulatedFileSystem Build()
    {
        var disk = new SimulatedFileSystem();
        using WriteAheadLog log = Open(disk);
        log.BeginEpoch(LogDirectory.Start);
        for (ulong sequence = 1; sequence <= Transactions; sequence++)
        {
            log.Write(sequence, 1, 400);
        }

        Assert.Equal(2, log.GetStatistics().Segments);
        return disk;
    }

    private static SimulatedFileSystem With(string file, byte[] bytes)
    {
        SimulatedFileSystem disk = Build();
        disk.Delete("TEST:DELETE", file);
        using IAppendFile written = disk.CreateAppend("TEST:CREATE", file);
        written.Append("TEST:WRITE", bytes);
        return disk;
    }

    private static byte[] ReadFile(SimulatedFileSystem disk, string path) =>
        disk.ReadAllBytes("TEST:READ", path, 1 << 20);

    private static WriteAheadLog Open(IFileSystem disk) => WriteAheadLog.Open(
        new LogOptions { Directory = Directory, SegmentSize = 4096, SaltSource = static () => 77 }, disk);

    private static (long Start, long End) LastFrame()
    {
        long start = 0;
        LogInspector.Dump(Build(), Directory, LogPosition.None, (in InspectedEntry entry) =>
        {
            start = entry.FrameOffset;
            return true;
        });
        LogInspection inspection = LogInspector.Inspect(Build(), Directory);
        return (start, inspection.Segments[^1].UsedBytes);
    }
}
