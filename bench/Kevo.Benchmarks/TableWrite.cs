using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Kevo.Platform;
using Kevo.Storage.Tables;

namespace Kevo.Benchmarks;

/// <summary>Writing one table of 100-byte values, filter and sync included.</summary>
[MemoryDiagnoser]
public class TableWrite
{
    private const int KeyCount = 200_000;

    private readonly byte[] _value = new byte[100];
    private readonly byte[] _key = "user/0000000000"u8.ToArray();
    private string _directory = "";
    private ulong _number;

    [GlobalSetup]
    public void Setup() => _directory = Directory.CreateTempSubdirectory("kevo-table-write-").FullName;

    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(_directory, recursive: true);

    [Benchmark(OperationsPerInvoke = KeyCount)]
    public long Write()
    {
        string path = Path.Combine(_directory, TableFiles.TableName(++_number));
        using TableWriter writer = TableWriter.Create(LinuxFileSystem.Instance, path);
        for (int i = 0; i < KeyCount; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(_key.AsSpan(11), (uint)i);
            writer.Add(_key, _value, (ulong)i + 1);
        }

        TableSummary summary = writer.Publish();
        File.Delete(path);
        File.Delete(TableFiles.FilterFor(path));
        return summary.FileLength;
    }
}
