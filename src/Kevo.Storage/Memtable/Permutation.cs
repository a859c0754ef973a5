using System.Runtime.CompilerServices;

namespace Kevo.Storage.Memtable;

/// <summary>
/// Which slots of a node are in use and in what order, in one word, so that one store publishes an insertion whole.
/// Bits 0-3 are the count; bits 4+4i to 7+4i name the slot of the i-th smallest key.
/// </summary>
internal static class Permutation
{
    /// <summary>Slots of a node: as many four-bit numbers as fit beside the count.</summary>
    public const int Capacity = 15;

    private const int CountBits = 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Count(ulong permutation) => (int)(permutation & 15);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int SlotAt(ulong permutation, int position) =>
        (int)(permutation >> (CountBits + (4 * position))) & 15;

    /// <summary>The word after putting <paramref name="slot"/> at <paramref name="position"/> of the order.</summary>
    public static ulong Insert(ulong permutation, int position, int slot)
    {
        int shift = CountBits + (4 * position);
        ulong below = permutation & ((1UL << shift) - 1);
        ulong above = permutation & ~((1UL << shift) - 1);
        return (below | ((ulong)slot << shift) | (above << 4)) + 1;
    }

    /// <summary>The word of a node whose first <paramref name="count"/> slots are in order.</summary>
    public static ulong InOrder(int count) => (0xEDCB_A987_6543_2100UL & ~15UL) | (uint)count;
}
