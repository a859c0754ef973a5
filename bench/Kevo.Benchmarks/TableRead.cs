using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Kevo.Platform;
using Kevo.Storage.Tables;

namespace Kevo.Benchmarks;

/// <summary>Lookups and scans of one table of 100-byte values that lies in the page cache.</summary>
[MemoryDiagnoser]
public class TableRead
{
    private const int KeyCount = 500_000;
    private const int Lookups = 10_000;

    private string _directory = "";
    private TableReader _table = null!;
    private TableFilter _filter = null!;
    private byte[][] _present = [];
    private byte[][] _absent = [];

    /// <summary>Block sizes, so that the default can be chosen by measurement.</summary>
    [Params(4096, 8192, 16384, 32768)]
    public int BlockSize { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _directory = Directory.CreateTempSubdirectory("kevo-table-read-").FullName;
        string path = Path.Combine(_directory, TableFiles.TableName(1));
        byte[] value = new byte[100];
        new Random(1).NextBytes(value);
        using (TableWriter writer = TableWriter.Create(
            LinuxFileSystem.Instance, path, new TableWriterOptions { BlockSize = BlockSize }))
        {
            for (int i = 0; i < KeyCount; i++)
            {
                writer.Add(Key(2 * i), value, (ulong)i + 1);
            }

            writer.Publish();
        }

        _table = TableReader.Open(LinuxFileSystem.Instance, path);
        _table.Verify(CancellationToken.None);
        _filter = TableFilter.Open(LinuxFileSystem.Instance, TableFiles.FilterFor(path), _table.Identity);
        var random = new Random(2);
        _present = [.. Enumerable.Range(0, Lookups).Select(_ => Key(2 * random.Next(KeyCount)))];
        _absent = [.. Enumerable.Range(0, Lookups).Select(_ => Key((2 * random.Next(KeyCount)) + 1))];
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _filter.Dispose();
        _table.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public long GetPresent()
    {
        long bytes = 0;
        foreach (byte[] key in _present)
        {
            _table.Get(key, out ReadOnlySpan<byte> value, out _);
            bytes += value.Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = Lookups)]
    public int GetAbsentThroughFilter()
    {
        int asked = 0;
        foreach (byte[] key in _absent)
        {
            if (_filter.MayContain(key))
            {
                _table.Get(key, out _, out _);
                asked++;
            }
        }

        return asked;
    }

    [Benchmark(OperationsPerInvoke = KeyCount)]
    public long Scan()
    {
        long bytes = 0;
        using TableCursor cursor = _table.OpenCursor();
        while (cursor.MoveNext())
        {
            bytes += cursor.Key.Length + cursor.Value.Length;
        }

        return bytes;
    }

    [Benchmark(OperationsPerInvoke = KeyCount)]
    public long ScanMerged()
    {
        long bytes = 0;
        using var merged = new MergingCursor(_table.OpenCursor(), _table.OpenCursor());
        while (merged.MoveNext())
        {
            bytes += merged.Key.Length + merged.Value.Length;
        }

        return bytes;
    }

    private static byte[] Key(int number)
    {
        byte[] key = "user/0000000000"u8.ToArray();
        BinaryPrimitives.WriteUInt32BigEndian(key.AsSpan(11), (uint)number);
        return key;
    }
}
