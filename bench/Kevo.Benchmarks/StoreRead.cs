using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Storage;
using Kevo.Storage.Store;

namespace Kevo.Benchmarks;

/// <summary>
/// Reads through the whole store, per lookup and per key: a million keys of 100 bytes, either still in memtables or in
/// tables.
/// </summary>
[MemoryDiagnoser]
public class StoreRead
{
    private const int Keys = 1_000_000;
    private const int Batch = 4096;

    private readonly byte[][] _keys = new byte[100_000][];
    private string _directory = "";
    private ReplicaStore _store = null!;
    private ISnapshot _snapshot = null!;
    private int _next;

    /// <summary>Where the keys are.</summary>
    [Params(false, true)]
    public bool InTables { get; set; }

    /// <summary>Fills a store.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _directory = Directory.CreateTempSubdirectory("kevo-bench-").FullName;
        var options = new StoreOptions { Directory = _directory, MemoryLimit = 2L << 30 };
        _store = ReplicaStore.Open(options, LinuxFileSystem.Instance);
        _store.BeginEpoch(new LogPosition(1, 0));
        byte[] payload = new byte[256];
        byte[] value = new byte[100];
        for (int i = 0; i < Keys; i++)
        {
            byte[] key = KeyOf(i);
            int length = WalEntry.Write(payload, Operation.Put, (ulong)i + 1, key, value);
            _store.Apply(WalEntry.FromVerified(payload.AsSpan(0, length)));
            if (i % Batch == Batch - 1)
            {
                _store.Sync();
            }
        }

        _store.Sync();
        if (InTables)
        {
            _store.Flush();
        }

        var random = new Random(3);
        for (int i = 0; i < _keys.Length; i++)
        {
            _keys[i] = KeyOf(random.Next(Keys));
        }

        _snapshot = _store.OpenSnapshot();
    }

    /// <summary>Removes the store.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _snapshot.Dispose();
        _store.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Opens a snapshot and closes it: what a single request pays.</summary>
    [Benchmark]
    public LogPosition Snapshot()
    {
        using ISnapshot snapshot = _store.OpenSnapshot();
        return snapshot.Position;
    }

    /// <summary>Looks one of 100,000 present keys up.</summary>
    [Benchmark]
    public bool Get()
    {
        _next = (_next + 1) % _keys.Length;
        return _snapshot.TryGet(_keys[_next], out _);
    }

    /// <summary>Looks one of 100 present keys up.</summary>
    [Benchmark]
    public bool GetHot()
    {
        _next = (_next + 1) % 100;
        return _snapshot.TryGet(_keys[_next], out _);
    }

    /// <summary>Walks all keys in order.</summary>
    [Benchmark(OperationsPerInvoke = Keys)]
    public long Scan()
    {
        using IEntryCursor cursor = _snapshot.Scan(default, default);
        long bytes = 0;
        while (cursor.MoveNext())
        {
            bytes += cursor.Key.Length + cursor.Value.Length;
        }

        return bytes;
    }

    private static byte[] KeyOf(int number) =>
        Encoding.ASCII.GetBytes("user:" + number.ToString("D11", CultureInfo.InvariantCulture));
}
