namespace Kevo.Storage.Memtable;

/// <content>Walking in key order, on behalf of <see cref="MemtableCursor"/>.</content>
internal sealed partial class MemoryTable
{
    /// <summary>
    /// Puts a place before the first key at or above <paramref name="start"/>, for a reader at
    /// <paramref name="sequence"/>.
    /// </summary>
    internal void Seek(ReadOnlySpan<byte> start, ulong sequence, ref MemtablePlace place)
    {
        uint node = start.IsEmpty ? FirstLeaf() : FindLeaf(start);
        ref LeafNode leaf = ref _leaves[node];
        ulong permutation = Volatile.Read(ref leaf.Permutation);
        int first = start.IsEmpty ? 0 : FindInLeaf(ref leaf, permutation, start, out _);
        Enter(ref leaf, node, permutation, first, sequence, ref place);
    }

    /// <summary>The address of the next key's version at or below the sequence; 0 at the end.</summary>
    internal ulong Next(ulong sequence, ref MemtablePlace place)
    {
        while (true)
        {
            while (place.Position < place.Count)
            {
                ulong address = place.Addresses[place.Position++];
                if (address != 0)
                {
                    return address;
                }
            }

            uint next = Volatile.Read(ref _leaves[place.Leaf].Next);
            if (next == 0)
            {
                return 0;
            }

            ref LeafNode leaf = ref _leaves[next];
            Enter(ref leaf, next, Volatile.Read(ref leaf.Permutation), 0, sequence, ref place);
        }
    }

    /// <summary>
    /// Finds the versions of all keys of a leaf at once. Each may have to be fetched from far away; asked for in one
    /// go, they come together.
    /// </summary>
    private void Enter(
        ref LeafNode leaf, uint node, ulong permutation, int first, ulong sequence, ref MemtablePlace place)
    {
        int count = Permutation.Count(permutation);
        place.Leaf = node;
        place.Position = first;
        place.Count = count;
        for (int position = first; position < count; position++)
        {
            int slot = Permutation.SlotAt(permutation, position);
            place.Addresses[position] = VersionAt(Volatile.Read(ref leaf.Values[slot]), sequence);
        }
    }

    internal ReadOnlySpan<byte> EntryAt(ulong address) => _memory.From(address);
}
