using Kevo.Core;
using Kevo.Storage.Memtable;

namespace Kevo.Storage.Tests.Memtable;

/// <summary>Entries in one array, as the log keeps them in mapped segments. One writer, any readers.</summary>
internal sealed class HeapEntryMemory(int capacity) : IEntryMemory
{
    private readonly byte[] _bytes = new byte[capacity];
    private int _end = 8;

    public ReadOnlySpan<byte> From(ulong address) => _bytes.AsSpan((int)address);

    public ulong Add(Operation operation, ulong sequence, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int address = _end;
        _end += WalEntry.Write(_bytes.AsSpan(address), operation, sequence, key, value);
        return (ulong)address;
    }
}
