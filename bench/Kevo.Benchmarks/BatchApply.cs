using BenchmarkDotNet.Attributes;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Replication.Sequencing;
using Kevo.Storage;
using Kevo.Storage.Log;
using Kevo.Wire;
using Kevo.Wire.Codecs;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Benchmarks;

/// <summary>
/// The way of an entry through the batch applier, per entry: decode and order alone, and with the append to a real log
/// and one sync per response of 1 MiB at most. Runs on the disk that holds the temporary directory.
/// </summary>
[MemoryDiagnoser]
public class BatchApply
{
    private const int Entries = 5000;

    private readonly StreamMessagePool _pool = new();
    private readonly ResponseEncoder _state = new();
    private string _directory = "";
    private WriteAheadLog _log = null!;
    private BatchApplier _logged = null!;
    private BatchApplier _counted = null!;
    private StreamMessage _message = null!;

    /// <summary>How the payloads are compressed.</summary>
    [Params(CompressionCodec.None, CompressionCodec.Zstd, CompressionCodec.Snappy)]
    public CompressionCodec Codec { get; set; }

    /// <summary>Opens a log and two appliers.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _directory = Directory.CreateTempSubdirectory("kevo-bench-").FullName;
        _log = WriteAheadLog.Open(new LogOptions { Directory = _directory }, LinuxFileSystem.Instance);
        _logged = Begin(new LogApplier(_log));
        _counted = Begin(new CountingApplier());
    }

    /// <summary>Removes the log.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _logged.Dispose();
        _counted.Dispose();
        _log.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>
    /// Encodes the next response for the applier that keeps a log, and lets the log go where it was read.
    /// </summary>
    [IterationSetup(Target = nameof(DecodeOrderAppendAndSync))]
    public void NextLogged()
    {
        _ = _log.DeleteBelow(_log.Durable);
        _message = _state.Encode(_pool, Codec, _logged.ExpectedNext, Entries);
    }

    /// <summary>Encodes the next response for the applier that keeps nothing.</summary>
    [IterationSetup(Target = nameof(DecodeAndOrder))]
    public void NextCounted() => _message = _state.Encode(_pool, Codec, _counted.ExpectedNext, Entries);

    /// <summary>Gives the response back.</summary>
    [IterationCleanup]
    public void Release() => _message.Dispose();

    /// <summary>Decode, decompress and order; the store keeps nothing.</summary>
    [Benchmark(OperationsPerInvoke = Entries, Baseline = true)]
    public LogPosition DecodeAndOrder()
    {
        _ = _counted.Apply(_message, long.MaxValue);
        return _counted.Sync();
    }

    /// <summary>The same, appended to the log and made durable.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public LogPosition DecodeOrderAppendAndSync()
    {
        _ = _logged.Apply(_message, long.MaxValue);
        return _logged.Sync();
    }

    private static BatchApplier Begin(IEpochApplier store)
    {
        BatchApplier batches = new(store);
        batches.EnterEpoch(1);
        batches.BeginStream(StreamRules.Relay, null, expectOverlap: false);
        return batches;
    }

    /// <summary>Encodes responses of puts with 16-byte keys and 100-byte values.</summary>
    private sealed class ResponseEncoder
    {
        private readonly byte[] _key = new byte[16];
        private readonly byte[] _value = new byte[100];
        private readonly byte[] _payload = new byte[256];

        public StreamMessage Encode(StreamMessagePool pool, CompressionCodec codec, ulong first, int count)
        {
            using ICodec made = CodecFactory.Create(codec);
            using StreamResponseWriter writer = new(16 << 20, codec == CompressionCodec.None ? null : made);
            for (int i = 0; i < count; i++)
            {
                int length = WalEntry.Write(_payload, Operation.Put, first + (ulong)i, _key, _value);
                if (!writer.TryAppend(first + (ulong)i, _payload.AsSpan(0, length)))
                {
                    throw new InvalidOperationException("The response does not hold all entries.");
                }
            }

            return pool.Copy(writer.Complete().Bytes.Span);
        }
    }

    private sealed class CountingApplier : IEpochApplier
    {
        private LogPosition _last;

        public LogPosition Durable { get; private set; }

        public void Apply(in WalEntry entry) => _last = new LogPosition(_last.Epoch, entry.Sequence);

        public void Sync() => Durable = _last;

        public void Discard() => _last = Durable;

        public void BeginEpoch(LogPosition start) => Durable = _last = start;
    }

    private sealed class LogApplier(WriteAheadLog log) : IEpochApplier
    {
        public LogPosition Durable => log.Durable;

        public void Apply(in WalEntry entry) => log.Append(in entry);

        public void Sync() => log.Sync();

        public void Discard() => log.Discard();

        public void BeginEpoch(LogPosition start) => log.BeginEpoch(start);
    }
}
