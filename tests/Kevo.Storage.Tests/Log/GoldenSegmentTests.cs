using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.Storage.Tests.Log;

/// <summary>
/// Segments of each format version, written once and kept: they open in every build, and version 1 is still written
/// so.
/// </summary>
public sealed class GoldenSegmentTests
{
    private static string Golden =>
        Path.Combine(Repository.Root, "tests", "Kevo.Storage.Tests", "Log", "testdata", "v1");

    [Fact]
    public void Version_1_segments_hold_what_they_held()
    {
        using var copy = new LogDirectory();
        foreach (string file in Directory.GetFiles(Golden, "*.seg"))
        {
            File.Copy(file, Path.Combine(copy.Path, Path.GetFileName(file)));
        }

        List<string> lines = [];
        LogInspector.Dump(LinuxFileSystem.Instance, copy.Path, LogPosition.None, (in InspectedEntry entry) =>
        {
            lines.Add($"{entry.Position} {entry.Address} {Convert.ToHexString(entry.Entry.Payload)}");
            return true;
        });
        Assert.Equal(File.ReadAllLines(Path.Combine(Golden, "entries.txt")), lines);

        using WriteAheadLog log = copy.Open();
        Assert.Equal(new LogPosition(4, 101), log.Durable);
    }

    [Fact]
    public void The_writer_still_writes_version_1_byte_for_byte()
    {
        using var written = new LogDirectory { Salt = 77 };
        WriteHistory(written);
        string[] files = Directory.GetFiles(Golden, "*.seg");
        Assert.Equal(3, files.Length);
        foreach (string file in files)
        {
            string again = Path.Combine(written.Path, Path.GetFileName(file));
            Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(again));
        }
    }

    /// <summary>
    /// Two epochs, three segments, every operation, empty and large values, transactions, a frame that moves.
    /// </summary>
    private static void WriteHistory(LogDirectory directory)
    {
        using WriteAheadLog log = directory.Open();
        log.BeginEpoch(new LogPosition(3, 40));
        log.Append(Payload(Operation.Put, 41, "alpha", "1"));
        log.Sync();
        log.Append(Payload(Operation.Put, 42, "beta", ""));
        log.Append(Payload(Operation.Delete, 42, "alpha", ""));
        log.Append(Payload(Operation.Merge, 43, "gamma", new string('m', 100)));
        log.Sync();
        log.Append(Payload(Operation.Put, 44, "dropped", "x"));
        log.Discard();
        log.Append(Payload(Operation.Put, 44, "moved-1", new string('a', 2500)));
        log.Append(Payload(Operation.Put, 44, "moved-2", new string('b', 1200)));
        log.Sync();
        log.BeginEpoch(new LogPosition(4, 100));
        log.Append(Payload(Operation.Put, 101, "alpha", "2"));
        log.Sync();
    }

    private static byte[] Payload(Operation operation, ulong sequence, string key, string value)
    {
        byte[] keyBytes = System.Text.Encoding.ASCII.GetBytes(key);
        byte[] valueBytes = System.Text.Encoding.ASCII.GetBytes(value);
        byte[] payload = new byte[WalEntry.PayloadLength(operation, keyBytes.Length, valueBytes.Length)];
        _ = WalEntry.Write(payload, operation, sequence, keyBytes, valueBytes);
        return payload;
    }
}
