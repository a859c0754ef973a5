using CommunityToolkit.HighPerformance.Buffers;
using Kevo.Core;

namespace Kevo.Relay.Writing;

/// <summary>
/// Operations that take effect together, under one number. Filled by one thread, handed to <see cref="RelayPrimary"/>,
/// and free to be cleared and used again afterwards.
/// </summary>
public sealed class PrimaryTransaction : IDisposable
{
    private readonly ArrayPoolBufferWriter<byte> _operations = new();

    /// <summary>Operations in it.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes it takes in the log, roughly.</summary>
    public int Bytes => _operations.WrittenCount;

    /// <summary>Adds a put; key and value are copied.</summary>
    /// <exception cref="ArgumentException">
    /// The key is empty, or key or value is over the limits of replication.
    /// </exception>
    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        PendingEntries.Append(_operations, Operation.Put, key, value);
        Count++;
    }

    /// <summary>Adds a delete; the key is copied.</summary>
    /// <exception cref="ArgumentException">The key is empty or over the limit of replication.</exception>
    public void Delete(ReadOnlySpan<byte> key)
    {
        PendingEntries.Append(_operations, Operation.Delete, key, []);
        Count++;
    }

    /// <summary>Empties it.</summary>
    public void Clear()
    {
        _operations.Clear();
        Count = 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _operations.Dispose();

    /// <summary>Writes its entries behind others, all with one number.</summary>
    internal void CopyTo(ArrayPoolBufferWriter<byte> destination, ulong sequence)
    {
        ReadOnlySpan<byte> source = _operations.WrittenSpan;
        Span<byte> copy = destination.GetSpan(source.Length)[..source.Length];
        source.CopyTo(copy);
        destination.Advance(source.Length);
        while (PendingEntries.TryNumber(ref copy, sequence, out _))
        {
        }
    }
}
