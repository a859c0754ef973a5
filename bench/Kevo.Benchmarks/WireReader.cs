using System.Buffers;
using BenchmarkDotNet.Attributes;
using Kevo.Core;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Benchmarks;

/// <summary>
/// One stream response of 5000 entries of 100 bytes (the payload, a put with a 12-byte key), per entry: what reading,
/// decoding and receiving cost, against the generated contracts.
/// </summary>
[MemoryDiagnoser]
public class WireReader
{
    private const int Entries = 5000;
    private const int PayloadLength = 100;

    private readonly StreamMessagePool _pool = new();
    private readonly PayloadDecoder _decoder = new();
    private readonly StreamResponseWriter _writer = new();
    private byte[] _response = [];
    private byte[] _payload = [];

    /// <summary>Encodes the response.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _payload = new byte[PayloadLength];
        for (ulong sequence = 1; sequence <= Entries; sequence++)
        {
            byte[] value = new byte[PayloadLength - WalEntry.PayloadLength(Operation.Put, 12, 0)];
            WalEntry.Write(_payload, Operation.Put, sequence, "key-12-bytes"u8, value);
            _writer.TryAppend(sequence, _payload);
        }

        _response = _writer.Complete().Bytes.ToArray();
    }

    /// <summary>Entries as views, payloads not looked into.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public ulong Read()
    {
        StreamResponseReader reader = new(_response);
        ulong sum = 0;
        while (reader.TryReadEntry(out StreamEntry entry))
        {
            sum += entry.Sequence;
        }

        return sum;
    }

    /// <summary>Entries with every check of the receiver.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public ulong ReadAndDecode() => ReadAndDecode(new StreamResponseReader(_response));

    /// <summary>The same from the moment the bytes leave the gRPC library: one copy into a pooled message.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public ulong Receive()
    {
        using StreamMessage message = _pool.Copy(new ReadOnlySequence<byte>(_response));
        return ReadAndDecode(message.Read());
    }

    /// <summary>The sender's side.</summary>
    [Benchmark(OperationsPerInvoke = Entries)]
    public int Write()
    {
        for (ulong sequence = 1; sequence <= Entries; sequence++)
        {
            _writer.TryAppend(sequence, _payload);
        }

        return _writer.Complete().Bytes.Length;
    }

    /// <summary>The generated contracts: an object and a byte string per entry.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Entries)]
    public ulong Contracts()
    {
        ulong sum = 0;
        foreach (WALEntry entry in WALStreamResponse.Parser.ParseFrom(_response).Entries)
        {
            sum += entry.SequenceNumber;
        }

        return sum;
    }

    private ulong ReadAndDecode(scoped StreamResponseReader reader)
    {
        _decoder.BeginMessage(in reader);
        ulong sum = 0;
        while (reader.TryReadEntry(out StreamEntry entry))
        {
            sum += _decoder.Decode(in entry).Sequence;
        }

        return sum;
    }
}
