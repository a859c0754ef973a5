using BenchmarkDotNet.Attributes;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Storage.Log;
using Kevo.Wire;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Benchmarks;

/// <summary>A log made into messages, per entry: what serving costs before the connection.</summary>
[MemoryDiagnoser]
public class RelayMessages
{
    private const int Entries = 200_000;

    private string _directory = "";
    private WriteAheadLog _log = null!;
    private ICodec _codec = null!;

    /// <summary>How payloads are compressed.</summary>
    [Params(CompressionCodec.None, CompressionCodec.Zstd)]
    public CompressionCodec Codec { get; set; }

    /// <summary>Operations in a transaction.</summary>
    [Params(1, 20)]
    public int Operations { get; set; }

    /// <summary>Fills a log.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _directory = Directory.CreateTempSubdirectory("kevo-bench-").FullName;
        _log = WriteAheadLog.Open(new LogOptions { Directory = _directory }, LinuxFileSystem.Instance);
        _codec = CodecFactory.Create(Codec);
        using var primary = new RelayPrimary(_log);
        using var transaction = new PrimaryTransaction();
        byte[] value = new byte[100];
        byte[] key = new byte[16];
        for (int i = 0; i < Entries; i += Operations)
        {
            transaction.Clear();
            for (int j = 0; j < Operations; j++)
            {
                BitConverter.TryWriteBytes(key, i + j);
                transaction.Put(key, value);
            }

            primary.Enqueue(transaction);
        }

        primary.Flush();
    }

    /// <summary>Removes the log.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        (_codec as IDisposable)?.Dispose();
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>Reads, verifies and encodes the whole log.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public long Build()
    {
        using var builder = new RelayMessageBuilder(
            _log, new LogPosition(1, 1), StreamResponseWriter.DefaultByteBudget, _codec);
        long bytes = 0;
        while (builder.Next() is { } message)
        {
            bytes += message.Bytes.Length;
        }

        return bytes;
    }
}
