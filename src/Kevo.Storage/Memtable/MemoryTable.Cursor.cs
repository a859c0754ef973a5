namespace Kevo.Storage.Memtable;

/// <content>Walking in key order, on behalf of <see cref="MemtableCursor"/>.</content>
internal sealed partial class MemoryTable
{
    /// <summary>Puts a place before the first key at or above <paramref name="start"/>.</summary>
    internal void Seek(ReadOnlySpan<byte> start, out MemtablePlace place)
    {
        place.Leaf = start.IsEmpty ? FirstLeaf() : FindLeaf(start);
        ref LeafNode leaf = ref _leaves[place.Leaf];
        place.Permutation = Volatile.Read(ref leaf.Permutation);
        place.Position = start.IsEmpty ? 0 : FindInLeaf(ref leaf, place.Permutation, start, out _);
    }

    /// <summary>The address of the next key's version at or below the sequence; 0 at the end.</summary>
    internal ulong Next(ref MemtablePlace place, ulong sequence)
    {
        while (true)
        {
            ref LeafNode leaf = ref _leaves[place.Leaf];
            while (place.Position < Permutation.Count(place.Permutation))
            {
                int slot = Permutation.SlotAt(place.Permutation, place.Position);
                place.Position++;
                ulong address = VersionAt(Volatile.Read(ref leaf.Values[slot]), sequence);
                if (address != 0)
                {
                    return address;
                }
            }

            uint next = Volatile.Read(ref leaf.Next);
            if (next == 0)
            {
                return 0;
            }

            place.Leaf = next;
            place.Permutation = Volatile.Read(ref _leaves[next].Permutation);
            place.Position = 0;
        }
    }

    internal ReadOnlySpan<byte> EntryAt(ulong address) => _memory.From(address);
}
