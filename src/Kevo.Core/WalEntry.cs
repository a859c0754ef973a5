using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Kevo.Core;

/// <summary>
/// One log entry as a view over its payload bytes; nothing is copied. Valid as long as the bytes under it are.
/// </summary>
/// <remarks>
/// Payload, little-endian: operation u8, sequence u64, key length K u32, key, and for everything but a delete value
/// length V u32 and value. A delete is exactly 13 + K bytes. All operations of one transaction carry one sequence.
/// </remarks>
public readonly ref struct WalEntry
{
    private readonly int _keyLength;

    private WalEntry(ReadOnlySpan<byte> payload, int keyLength)
    {
        Payload = payload;
        _keyLength = keyLength;
    }

    /// <summary>The whole entry as it travels and as it is stored.</summary>
    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>What the entry does.</summary>
    public Operation Operation => (Operation)Payload[0];

    /// <summary>The number of the transaction this entry belongs to, as written inside the payload.</summary>
    public ulong Sequence
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => BinaryPrimitives.ReadUInt64LittleEndian(Payload[1..]);
    }

    /// <summary>The key, never empty.</summary>
    public ReadOnlySpan<byte> Key => Payload.Slice(EntryLimits.FixedLength, _keyLength);

    /// <summary>The value; empty for a delete.</summary>
    public ReadOnlySpan<byte> Value =>
        Operation == Operation.Delete ? default : Payload[(EntryLimits.FixedLength + _keyLength + sizeof(uint))..];

    /// <summary>Checks that <paramref name="payload"/> is exactly one acceptable entry and views it as such.</summary>
    /// <returns>
    /// <see cref="EntryFault.None"/>, or the first fault found; then <paramref name="entry"/> is unusable.
    /// </returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EntryFault TryParse(ReadOnlySpan<byte> payload, out WalEntry entry)
    {
        entry = default;
        if (payload.Length < EntryLimits.FixedLength)
        {
            return EntryFault.Truncated;
        }

        byte operation = payload[0];
        if (operation is < (byte)Operation.Put or > (byte)Operation.Merge)
        {
            return EntryFault.UnknownOperation;
        }

        uint keyLength = BinaryPrimitives.ReadUInt32LittleEndian(payload[9..]);
        if (keyLength > EntryLimits.MaxKeyLength)
        {
            return EntryFault.KeyTooLong;
        }

        int afterKey = EntryLimits.FixedLength + (int)keyLength;
        int end = afterKey;
        if (operation != (byte)Operation.Delete)
        {
            if (payload.Length < afterKey + sizeof(uint))
            {
                return EntryFault.Truncated;
            }

            uint valueLength = BinaryPrimitives.ReadUInt32LittleEndian(payload[afterKey..]);
            if (valueLength > EntryLimits.MaxValueLength)
            {
                return EntryFault.ValueTooLong;
            }

            end = afterKey + sizeof(uint) + (int)valueLength;
        }

        if (payload.Length != end)
        {
            return payload.Length < end ? EntryFault.Truncated : EntryFault.TrailingBytes;
        }

        if (keyLength == 0)
        {
            return EntryFault.EmptyKey;
        }

        if (BinaryPrimitives.ReadUInt64LittleEndian(payload[1..]) == 0)
        {
            return EntryFault.ZeroSequence;
        }

        entry = new WalEntry(payload, (int)keyLength);
        return EntryFault.None;
    }

    /// <summary>
    /// Views bytes that passed <see cref="TryParse"/> or a checksum before; skips the checks. Reading other bytes this
    /// way yields wrong slices or an out-of-range exception, never memory outside <paramref name="payload"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static WalEntry FromVerified(ReadOnlySpan<byte> payload) =>
        new(payload, (int)BinaryPrimitives.ReadUInt32LittleEndian(payload[9..]));

    /// <summary>Bytes that <see cref="Write"/> needs for such an entry.</summary>
    public static int PayloadLength(Operation operation, int keyLength, int valueLength) =>
        EntryLimits.FixedLength + keyLength + (operation == Operation.Delete ? 0 : sizeof(uint) + valueLength);

    /// <summary>Writes a payload to the start of <paramref name="destination"/>.</summary>
    /// <returns>The number of bytes written.</returns>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public static int Write(
        Span<byte> destination, Operation operation, ulong sequence, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        int length = PayloadLength(operation, key.Length, value.Length);
        if (destination.Length < length)
        {
            throw new ArgumentException("The destination is shorter than the payload.", nameof(destination));
        }

        destination[0] = (byte)operation;
        BinaryPrimitives.WriteUInt64LittleEndian(destination[1..], sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[9..], (uint)key.Length);
        key.CopyTo(destination[EntryLimits.FixedLength..]);
        if (operation != Operation.Delete)
        {
            int afterKey = EntryLimits.FixedLength + key.Length;
            BinaryPrimitives.WriteUInt32LittleEndian(destination[afterKey..], (uint)value.Length);
            value.CopyTo(destination[(afterKey + sizeof(uint))..]);
        }

        return length;
    }
}
