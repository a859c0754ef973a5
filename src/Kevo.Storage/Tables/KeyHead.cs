using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Kevo.Storage.Tables;

/// <summary>The first eight bytes of a key as a number that orders like the key; most comparisons end there.</summary>
internal static class KeyHead
{
    /// <summary>The number; a shorter key counts as filled up with zeros, so equal numbers decide nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(ulong))
        {
            return BinaryPrimitives.ReadUInt64BigEndian(key);
        }

        ulong head = 0;
        for (int i = 0; i < key.Length; i++)
        {
            head |= (ulong)key[i] << (56 - (8 * i));
        }

        return head;
    }
}
