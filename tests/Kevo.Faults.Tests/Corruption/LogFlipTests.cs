using Kevo.Core;
using Kevo.Storage.Log;
using Kevo.Testing.Disk;
using Kevo.Testing.Proof;

namespace Kevo.Faults.Tests.Corruption;

/// <summary>
/// Goal: a log whose bytes changed on disk is refused, or what it serves is a prefix of what was written that lacks at
/// most its last frame. Method: every bit of every segment turned over, and every length, one at a time.
/// </summary>
public sealed class LogFlipTests
{
    private const string Directory = "/log";
    private const int FrameEntries = 4;

    private static readonly LogOptions Options = new()
    {
        Directory = Directory, SegmentSize = 16384, SaltSource = static () => 77,
    };

    private readonly SimulatedFileSystem _whole = new();
    private readonly List<byte[]> _payloads = [];

    public LogFlipTests()
    {
        using WriteAheadLog log = WriteAheadLog.Open(Options, _whole);
        log.BeginEpoch(new LogPosition(1, 0));
        var random = new Random(1);
        for (ulong sequence = 1; log.GetStatistics().SyncedBytes < 75_000; sequence++)
        {
            byte[] value = new byte[random.Next(300, 700)];
            random.NextBytes(value);
            byte[] payload = new byte[WalEntry.PayloadLength(Operation.Put, 8, value.Length)];
            WalEntry.Write(payload, Operation.Put, sequence, BitConverter.GetBytes(sequence), value);
            WalEntry.TryParse(payload, out WalEntry entry);
            log.Append(entry);
            _payloads.Add(payload);
            if (sequence % FrameEntries == 0)
            {
                log.Sync();
            }
        }

        log.Sync();
    }

    [Fact]
    public void Every_flipped_bit_is_detected_or_costs_the_last_frame_at_most()
    {
        long refused = 0;
        long cut = 0;
        Parallel.ForEach(Ranges(), new ParallelOptions { MaxDegreeOfParallelism = 2 }, range =>
        {
            SimulatedFileSystem disk = Copy();
            for (long bit = range.First; bit < range.End; bit++)
            {
                disk.FlipBit(range.Path, bit);
                if (Opens(disk, $"bit {bit} of {range.Path}"))
                {
                    Interlocked.Increment(ref cut);
                    disk = Copy();
                }
                else
                {
                    Interlocked.Increment(ref refused);
                    disk.FlipBit(range.Path, bit);
                }
            }
        });

        Assert.True(refused + cut >= 65536 * 8, $"only {refused + cut} bits");
        Assert.True(cut > 0 && refused > cut, $"{refused} refused, {cut} cut");
        ProofLine.Write("flips of a log", ("flips", refused + cut), ("refused", refused), ("cut", cut));
    }

    [Fact]
    public void Every_shorter_length_of_a_segment_is_detected()
    {
        long lengths = 0;
        Parallel.ForEach(Ranges(), new ParallelOptions { MaxDegreeOfParallelism = 2 }, range =>
        {
            for (long length = range.First / 8; length < range.End / 8; length++)
            {
                SimulatedFileSystem disk = Copy();
                disk.Truncate("TEST:CUT", range.Path, length);
                Assert.False(Opens(disk, $"{range.Path} cut to {length}"), $"{range.Path} cut to {length} is opened");
                Interlocked.Increment(ref lengths);
            }
        });

        Assert.True(lengths >= 65536, $"only {lengths} lengths");
        ProofLine.Write("truncations of a log", ("lengths", lengths), ("refused", lengths));
    }

    private SimulatedFileSystem Copy() => _whole.CrashImage(0);

    private List<(string Path, long First, long End)> Ranges()
    {
        const int Step = 1024;
        var ranges = new List<(string, long, long)>();
        foreach (string name in _whole.ListFiles("TEST:LIST", Directory))
        {
            string path = $"{Directory}/{name}";
            long length = _whole.FileLength("TEST:LENGTH", path);
            for (long first = 0; name.EndsWith(".seg", StringComparison.Ordinal) && first < length; first += Step)
            {
                ranges.Add((path, first * 8, Math.Min(first + Step, length) * 8));
            }
        }

        return ranges;
    }

    /// <summary>False when the log is refused; when it is opened it must serve what was written.</summary>
    private bool Opens(SimulatedFileSystem disk, string where)
    {
        try
        {
            using WriteAheadLog log = WriteAheadLog.Open(Options, disk);
            int served = 0;
            using LogCursor cursor = log.OpenCursor(new LogPosition(1, 1));
            while (cursor.MoveNext())
            {
                while (cursor.TryReadEntry(out WalEntry entry))
                {
                    Assert.True(entry.Payload.SequenceEqual(_payloads[served]), $"{where}: entry {served} is another");
                    served++;
                }
            }

            Assert.True(served >= _payloads.Count - FrameEntries, $"{where}: only {served} entries are left");
            return true;
        }
        catch (StorageException error)
        {
            Assert.True(error.Fault is StorageFault.Corrupt or StorageFault.UnknownVersion, $"{where}: {error}");
            return false;
        }
    }
}
