using BenchmarkDotNet.Attributes;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;

namespace Kevo.Benchmarks;

/// <summary>
/// Appending 100-byte payloads to the log: the copy, the copy with the checksum, and the copy made durable, per
/// entry; then reading them back through a cursor and verifying a log on opening. Runs on the disk that holds the
/// temporary directory.
/// </summary>
[MemoryDiagnoser]
public class LogAppend
{
    private const int PayloadLength = 100;
    private const int Entries = 10_000;
    private const int StoredFrames = 50;

    private string _directory = "";
    private string _storedDirectory = "";
    private WriteAheadLog _log = null!;
    private WriteAheadLog _stored = null!;
    private byte[] _payload = [];
    private ulong _sequence;

    /// <summary>Makes an empty log to write and one of 50 frames to read.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _directory = Directory.CreateTempSubdirectory("kevo-bench-").FullName;
        _storedDirectory = Directory.CreateTempSubdirectory("kevo-bench-").FullName;
        _payload = new byte[PayloadLength];
        int valueLength = PayloadLength - WalEntry.PayloadLength(Operation.Put, 16, 0);
        _ = WalEntry.Write(_payload, Operation.Put, 1, new byte[16], new byte[valueLength]);
        _log = Begin(_directory);
        _stored = Begin(_storedDirectory);
        for (int i = 0; i < StoredFrames; i++)
        {
            _sequence = _stored.Durable.Sequence;
            AppendAll(_stored);
            _stored.Sync();
        }

        _sequence = 0;
    }

    /// <summary>Removes both logs.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _log.Dispose();
        _stored.Dispose();
        Directory.Delete(_directory, recursive: true);
        Directory.Delete(_storedDirectory, recursive: true);
    }

    /// <summary>Copy, frame header and checksum; nothing durable.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public void AppendAndSeal()
    {
        _sequence = _log.Durable.Sequence;
        AppendAll(_log);
        _ = _log.Seal();
        _log.Discard();
    }

    /// <summary>The same made durable: one msync per 10,000 entries, segments and their deletion included.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public void AppendAndSync()
    {
        _sequence = _log.Durable.Sequence;
        AppendAll(_log);
        _log.Sync();
        _ = _log.DeleteBelow(_log.Durable);
    }

    /// <summary>Every stored entry through a cursor, each frame's checksum verified.</summary>
    [Benchmark(OperationsPerInvoke = Entries * StoredFrames)]
    public long Read()
    {
        using LogCursor cursor = _stored.OpenCursor(new LogPosition(1, 1));
        long bytes = 0;
        while (cursor.MoveNext())
        {
            while (cursor.TryReadEntry(out WalEntry entry))
            {
                bytes += entry.Payload.Length;
            }
        }

        return bytes;
    }

    /// <summary>A full verification as opening makes it, per stored entry.</summary>
    [Benchmark(OperationsPerInvoke = Entries * StoredFrames)]
    public long Verify() => LogInspector.Inspect(LinuxFileSystem.Instance, _storedDirectory).Entries;

    private static WriteAheadLog Begin(string directory)
    {
        WriteAheadLog log = WriteAheadLog.Open(new LogOptions { Directory = directory }, LinuxFileSystem.Instance);
        log.BeginEpoch(new LogPosition(1, 0));
        return log;
    }

    private void AppendAll(WriteAheadLog log)
    {
        Span<byte> payload = _payload;
        for (int i = 0; i < Entries; i++)
        {
            BitConverter.TryWriteBytes(payload[1..], ++_sequence);
            log.Append(WalEntry.FromVerified(payload));
        }
    }
}
