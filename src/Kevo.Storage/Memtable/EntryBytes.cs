using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Kevo.Core;

namespace Kevo.Storage.Memtable;

/// <summary>
/// Reads the fields of a payload at the start of a longer span, as <see cref="IEntryMemory"/> hands it out. The layout
/// is that of <see cref="WalEntry"/>, which needs to know where the payload ends.
/// </summary>
internal static class EntryBytes
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ReadOnlySpan<byte> Key(ReadOnlySpan<byte> entry) =>
        entry.Slice(EntryLimits.FixedLength, (int)BinaryPrimitives.ReadUInt32LittleEndian(entry[9..]));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Sequence(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadUInt64LittleEndian(entry[1..]);

    public static bool IsDelete(ReadOnlySpan<byte> entry) => entry[0] == (byte)Operation.Delete;

    /// <summary>The value; empty for a delete.</summary>
    public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> entry)
    {
        if (IsDelete(entry))
        {
            return default;
        }

        int at = EntryLimits.FixedLength + (int)BinaryPrimitives.ReadUInt32LittleEndian(entry[9..]);
        return entry.Slice(at + sizeof(uint), (int)BinaryPrimitives.ReadUInt32LittleEndian(entry[at..]));
    }

    /// <summary>
    /// Eight key bytes from <paramref name="skip"/> on as a number that orders like the bytes; zeros stand in for bytes
    /// past the end, so equal slices say nothing and unequal ones decide.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Slice(ReadOnlySpan<byte> key, int skip)
    {
        if (key.Length >= skip + sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(key[skip..]);
        }

        return ShortSlice(key, skip);
    }

    private static ulong ShortSlice(ReadOnlySpan<byte> key, int skip)
    {
        ulong slice = 0;
        for (int i = skip; i < key.Length; i++)
        {
            slice |= (ulong)key[i] << (56 - (8 * (i - skip)));
        }

        return slice;
    }
}
