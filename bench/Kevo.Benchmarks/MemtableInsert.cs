using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage.Log;
using Kevo.Storage.Memtable;
using Kevo.Storage.Store;

namespace Kevo.Benchmarks;

/// <summary>
/// The memtable over a real log, per entry: insertion in key order and at random, lookup of present keys, and a walk
/// over all of them. Keys are <c>user:</c> and eleven digits, values 100 bytes.
/// </summary>
[MemoryDiagnoser]
public class MemtableInsert
{
    private const int Entries = 500_000;
    private const int RandomKeys = 5_000_000;

    private readonly NodePools _pools = new();
    private readonly ulong[] _addresses = new ulong[Entries];
    private readonly byte[][] _keys = new byte[100_000][];
    private string _directory = "";
    private WriteAheadLog _log = null!;
    private LogEntryMemory _memory = null!;
    private MemoryTable _filled = null!;
    private int _next;

    /// <summary>Whether keys arrive in ascending order.</summary>
    [Params(true, false)]
    public bool Ascending { get; set; }

    /// <summary>Writes the entries to a log and fills one memtable.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _directory = Directory.CreateTempSubdirectory("kevo-bench-").FullName;
        _log = WriteAheadLog.Open(
            new LogOptions { Directory = _directory, SegmentSize = 128 << 20 }, LinuxFileSystem.Instance);
        _log.BeginEpoch(new LogPosition(1, 0));
        _memory = new LogEntryMemory(_log);
        var random = new Random(1);
        byte[] payload = new byte[256];
        byte[] value = new byte[100];
        for (int i = 0; i < Entries; i++)
        {
            int number = Ascending ? i : random.Next(RandomKeys);
            byte[] key = Encoding.ASCII.GetBytes("user:" + number.ToString("D11", CultureInfo.InvariantCulture));
            int length = WalEntry.Write(payload, Operation.Put, (ulong)i + 1, key, value);
            _log.Append(WalEntry.FromVerified(payload.AsSpan(0, length)));
            if (i % (Entries / _keys.Length) == 0)
            {
                _keys[i / (Entries / _keys.Length)] = key;
            }
        }

        int at = 0;
        FrameReader frame = _log.Seal();
        while (frame.TryRead(out _, out LogAddress address))
        {
            _addresses[at++] = address.Value;
        }

        _log.Sync();
        random.Shuffle(_keys);
        _filled = new MemoryTable(_memory, _pools);
        Fill(_filled);
        Fill(new MemoryTable(_memory, _pools)).Clear();
    }

    /// <summary>Removes the log.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Fills an empty memtable whose chunks are in the pool.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public long Insert()
    {
        MemoryTable table = Fill(new MemoryTable(_memory, _pools));
        long count = table.KeyCount;
        table.Clear();
        return count;
    }

    /// <summary>Looks one of 100,000 present keys up.</summary>
    [Benchmark]
    public bool Get()
    {
        _next = (_next + 1) % _keys.Length;
        return _filled.TryGet(_keys[_next], ulong.MaxValue, out _) == MemtableHit.Put;
    }

    /// <summary>Looks one of 100 present keys up.</summary>
    [Benchmark]
    public bool GetHot()
    {
        _next = (_next + 1) % 100;
        return _filled.TryGet(_keys[_next], ulong.MaxValue, out _) == MemtableHit.Put;
    }

    /// <summary>Walks the whole memtable in key order.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public long Walk()
    {
        MemtableCursor cursor = _filled.OpenCursor(ulong.MaxValue);
        long bytes = 0;
        while (cursor.MoveNext())
        {
            bytes += cursor.Key.Length + cursor.Value.Length;
        }

        return bytes;
    }

    private MemoryTable Fill(MemoryTable table)
    {
        foreach (ulong address in _addresses)
        {
            table.Insert(address);
        }

        return table;
    }
}
