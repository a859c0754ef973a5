namespace Kevo.Storage.Memtable;

/// <summary>
/// Where entry payloads lie: turns an address into bytes. The holder of an address makes sure that what it points to
/// stays mapped. Thread-safe.
/// </summary>
internal interface IEntryMemory
{
    /// <summary>
    /// Bytes that begin with the payload at <paramref name="address"/> and reach at least to its end. Addresses are
    /// below 2^63 and never 0.
    /// </summary>
    ReadOnlySpan<byte> From(ulong address);
}
