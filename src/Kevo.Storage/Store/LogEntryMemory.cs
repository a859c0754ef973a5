using System.Runtime.CompilerServices;
using Kevo.Storage.Log;
using Kevo.Storage.Memtable;

namespace Kevo.Storage.Store;

/// <summary>The log's mapped segments as the memtable sees them. The holder of an address pins its segment.</summary>
internal sealed class LogEntryMemory(WriteAheadLog log) : IEntryMemory
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> From(ulong address) => log.ReadFrom(new LogAddress(address));
}
