using BenchmarkDotNet.Attributes;
using Kevo.Core;

namespace Kevo.Benchmarks;

/// <summary>One entry of 100 bytes as a payload: written, and checked when it is read. Room: Core.</summary>
[MemoryDiagnoser]
public class EntryCoding
{
    private readonly byte[] _key = new byte[16];
    private readonly byte[] _value = new byte[100];
    private readonly byte[] _payload = new byte[256];
    private int _length;

    /// <summary>Writes the payload that is read.</summary>
    [GlobalSetup]
    public void Setup()
    {
        new Random(1).NextBytes(_key);
        _length = WalEntry.Write(_payload, Operation.Put, 1, _key, _value);
    }

    /// <summary>Writes an entry.</summary>
    [Benchmark]
    public int Write() => WalEntry.Write(_payload, Operation.Put, 1, _key, _value);

    /// <summary>Reads an entry with every check, and looks at its parts.</summary>
    [Benchmark]
    public int ParseAndRead()
    {
        EntryFault fault = WalEntry.TryParse(_payload.AsSpan(0, _length), out WalEntry entry);
        return (int)fault + entry.Key.Length + entry.Value.Length + (int)entry.Sequence;
    }
}
