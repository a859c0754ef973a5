using System.Buffers.Binary;
using CommunityToolkit.HighPerformance.Buffers;
using Kevo.Core;

namespace Kevo.Relay.Writing;

/// <summary>
/// Entries in a buffer on their way to the log: length (4 bytes, little-endian) and payload, one after the other.
/// </summary>
internal static class PendingEntries
{
    /// <summary>Adds an entry; a sequence of 0 is to be filled in later.</summary>
    /// <exception cref="ArgumentException">
    /// The key is empty, or key or value is over the limits of replication.
    /// </exception>
    public static void Append(
        ArrayPoolBufferWriter<byte> buffer,
        Operation operation,
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> value,
        ulong sequence = 0)
    {
        if (key.IsEmpty || key.Length > EntryLimits.MaxKeyLength)
        {
            throw new ArgumentException($"A key has 1 to {EntryLimits.MaxKeyLength} bytes.", nameof(key));
        }

        if (value.Length > EntryLimits.MaxValueLength)
        {
            throw new ArgumentException($"A value has at most {EntryLimits.MaxValueLength} bytes.", nameof(value));
        }

        int length = WalEntry.PayloadLength(operation, key.Length, value.Length);
        Span<byte> destination = buffer.GetSpan(sizeof(int) + length);
        BinaryPrimitives.WriteInt32LittleEndian(destination, length);
        WalEntry.Write(destination[sizeof(int)..], operation, sequence, key, value);
        buffer.Advance(sizeof(int) + length);
    }

    /// <summary>Like <see cref="TryTake"/>, and writes a sequence number into the payload.</summary>
    public static bool TryNumber(ref Span<byte> entries, ulong sequence, out ReadOnlySpan<byte> payload)
    {
        if (entries.IsEmpty)
        {
            payload = default;
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(entries);
        Span<byte> numbered = entries.Slice(sizeof(int), length);
        BinaryPrimitives.WriteUInt64LittleEndian(numbered[1..], sequence);
        payload = numbered;
        entries = entries[(sizeof(int) + length)..];
        return true;
    }

    /// <summary>Takes the next entry's payload off the front; false at the end.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> entries, out ReadOnlySpan<byte> payload)
    {
        if (entries.IsEmpty)
        {
            payload = default;
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(entries);
        payload = entries.Slice(sizeof(int), length);
        entries = entries[(sizeof(int) + length)..];
        return true;
    }
}
