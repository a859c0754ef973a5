using System.Runtime.CompilerServices;

namespace Kevo.Storage.Memtable;

/// <content>Finding: the way down, the place in a node, the version of a key.</content>
internal sealed partial class MemoryTable
{
    private static int Height(ulong root) => (int)(root >> 32);

    /// <summary>Slices below, and slices below or equal to, <paramref name="target"/> among the first slots.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Rank(
        ref FifteenSlots<ulong> slices, int count, ulong target, out int below, out int belowOrEqual)
    {
        // The slots are unordered, but a count of smaller ones is a position in the order; counting has no branch to
        // miss.
        int less = 0;
        int lessOrEqual = 0;
        ReadOnlySpan<ulong> used = slices;
        foreach (ulong slice in used[..count])
        {
            less += slice < target ? 1 : 0;
            lessOrEqual += slice <= target ? 1 : 0;
        }

        below = less;
        belowOrEqual = lessOrEqual;
    }

    private uint FindLeaf(ReadOnlySpan<byte> key)
    {
        ulong root = Volatile.Read(ref _root);
        uint node = (uint)root;
        for (int level = Height(root); level > 0; level--)
        {
            node = FindChildNode(ref _inners[node], key);
        }

        return node;
    }

    /// <summary>
    /// The child for a key. A split publishes its separator before it narrows the child left of it, so a child narrowed
    /// since the permutation was loaded shows in a permutation that has changed, and the step is repeated.
    /// </summary>
    private uint FindChildNode(ref InnerNode inner, ReadOnlySpan<byte> key)
    {
        ulong permutation = Volatile.Read(ref inner.Permutation);
        while (true)
        {
            int position = FindChild(ref inner, permutation, key);
            uint child = position == 0
                ? Volatile.Read(ref inner.LeftChild)
                : Volatile.Read(ref inner.Children[Permutation.SlotAt(permutation, position - 1)]);
            ulong now = Volatile.Read(ref inner.Permutation);
            if (now == permutation)
            {
                return child;
            }

            permutation = now;
        }
    }

    /// <summary>The leaf with the smallest keys.</summary>
    private uint FirstLeaf()
    {
        ulong root = Volatile.Read(ref _root);
        uint node = (uint)root;
        for (int level = Height(root); level > 0; level--)
        {
            node = Volatile.Read(ref _inners[node].LeftChild);
        }

        return node;
    }

    /// <summary>
    /// How many separators are at or below the key: 0 leads to the left child, n to the child of the n-th.
    /// </summary>
    private int FindChild(ref InnerNode inner, ulong permutation, ReadOnlySpan<byte> key)
    {
        int skip = inner.Skip;
        Rank(ref inner.Slices, Permutation.Count(permutation), EntryBytes.Slice(key, skip), out int low, out int high);
        while (low < high)
        {
            int middle = (low + high) / 2;
            ReadOnlySpan<byte> separator = KeyAt(inner.Separators[Permutation.SlotAt(permutation, middle)]);
            if (separator.SequenceCompareTo(key) <= 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    /// <summary>The position of the key in the order of the leaf, or the position it would take.</summary>
    private int FindInLeaf(ref LeafNode leaf, ulong permutation, ReadOnlySpan<byte> key, out bool found)
    {
        int skip = leaf.Skip;
        Rank(ref leaf.Slices, Permutation.Count(permutation), EntryBytes.Slice(key, skip), out int low, out int high);
        while (low < high)
        {
            int middle = (low + high) / 2;
            ulong value = Volatile.Read(ref leaf.Values[Permutation.SlotAt(permutation, middle)]);
            int order = KeyAt(AddressOf(value)).SequenceCompareTo(key);
            if (order == 0)
            {
                found = true;
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        found = false;
        return low;
    }

    /// <summary>The address of the newest version behind a leaf's value word.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong AddressOf(ulong value) =>
        (value & VersionTag) == 0 ? value : _versions[(uint)value].Address;

    /// <summary>The address of the newest version at or below the sequence; 0 when all are newer.</summary>
    private ulong VersionAt(ulong value, ulong sequence)
    {
        while ((value & VersionTag) != 0)
        {
            ref VersionNode version = ref _versions[(uint)value];
            if (version.Sequence <= sequence)
            {
                return version.Address;
            }

            value = version.Jump != 0 && _versions[version.Jump].Sequence > sequence
                ? VersionTag | version.Jump
                : version.Previous;
        }

        return EntryBytes.Sequence(_memory.From(value)) <= sequence ? value : 0;
    }
}
