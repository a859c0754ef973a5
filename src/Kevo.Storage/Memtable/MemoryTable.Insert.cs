namespace Kevo.Storage.Memtable;

/// <content>Inserting: the one writer's side, except for splits.</content>
internal sealed partial class MemoryTable
{
    /// <summary>
    /// Adds an entry, whose sequence is at or above that of every entry before it. Among entries of one key and one
    /// sequence the last one inserted counts. Writer thread only; allocates nothing beyond a chunk now and then.
    /// </summary>
    public void Insert(ulong address)
    {
        ReadOnlySpan<byte> entry = _memory.From(address);
        ReadOnlySpan<byte> key = EntryBytes.Key(entry);
        int valueLength = EntryBytes.Value(entry).Length;

        bool atEnd = _greatest != 0 && KeyAt(_greatest).SequenceCompareTo(key) < 0;
        uint node = atEnd ? DescendRight() : Descend(key);
        ref LeafNode leaf = ref _leaves[node];
        ulong permutation = leaf.Permutation;
        bool found = false;
        int position = atEnd ? Permutation.Count(permutation) : FindInLeaf(ref leaf, permutation, key, out found);
        if (found)
        {
            ref ulong newest = ref leaf.Values[Permutation.SlotAt(permutation, position)];
            Volatile.Write(ref newest, NewVersion(newest, address, EntryBytes.Sequence(entry)));
        }
        else
        {
            InsertKey(node, position, key, address);
            if (atEnd || _greatest == 0)
            {
                _greatest = address;
            }

            Volatile.Write(ref _keyCount, _keyCount + 1);
        }

        Volatile.Write(ref _payloadBytes, _payloadBytes + key.Length + valueLength);
        Volatile.Write(ref _entryCount, _entryCount + 1);
    }

    private void InsertKey(uint node, int position, ReadOnlySpan<byte> key, ulong address)
    {
        ref LeafNode leaf = ref _leaves[node];
        ulong permutation = leaf.Permutation;
        int count = Permutation.Count(permutation);
        if (count == Permutation.Capacity)
        {
            SplitLeaf(node, position, key, address);
            return;
        }

        leaf.Slices[count] = EntryBytes.Slice(key, leaf.Skip);
        leaf.Values[count] = address;
        Volatile.Write(ref leaf.Permutation, Permutation.Insert(permutation, position, count));
    }

    /// <summary>
    /// The leaf a key belongs to, leaving the way in <see cref="_path"/> and <see cref="_positions"/>.
    /// </summary>
    private uint Descend(ReadOnlySpan<byte> key)
    {
        uint node = (uint)_root;
        for (int level = Height(_root); level > 0; level--)
        {
            ref InnerNode inner = ref _inners[node];
            int position = FindChild(ref inner, inner.Permutation, key);
            _path[level] = node;
            _positions[level] = position;
            node = Child(ref inner, position);
        }

        return node;
    }

    /// <summary>Like <see cref="Descend"/> for a key above all others: no comparison is needed.</summary>
    private uint DescendRight()
    {
        uint node = (uint)_root;
        for (int level = Height(_root); level > 0; level--)
        {
            ref InnerNode inner = ref _inners[node];
            int position = Permutation.Count(inner.Permutation);
            _path[level] = node;
            _positions[level] = position;
            node = Child(ref inner, position);
        }

        return node;
    }

    private static ref uint Child(ref InnerNode inner, int position)
    {
        if (position == 0)
        {
            return ref inner.LeftChild;
        }

        return ref inner.Children[Permutation.SlotAt(inner.Permutation, position - 1)];
    }

    /// <summary>A tagged version node in front of <paramref name="previous"/>, a leaf's value word.</summary>
    private ulong NewVersion(ulong previous, ulong address, ulong sequence)
    {
        uint node = _versions.Add();
        ref VersionNode version = ref _versions[node];
        version.Address = address;
        version.Sequence = sequence;
        version.Previous = previous;
        version.Jump = 0;
        version.Depth = 0;
        if ((previous & VersionTag) != 0)
        {
            uint before = (uint)previous;
            version.Depth = _versions[before].Depth + 1;
            version.Jump = JumpFrom(before);
        }

        return VersionTag | node;
    }

    /// <summary>
    /// Where a node after <paramref name="before"/> jumps to: when the last two jumps span the same distance it covers
    /// both, else it goes one step. Any version is then reached in a number of steps logarithmic in the chain's length.
    /// </summary>
    private uint JumpFrom(uint before)
    {
        uint first = _versions[before].Jump;
        if (first == 0)
        {
            return before;
        }

        uint second = _versions[first].Jump;
        uint secondDepth = second == 0 ? 0 : _versions[second].Depth;
        bool sameDistance = _versions[before].Depth - _versions[first].Depth == _versions[first].Depth - secondDepth;
        return second != 0 && sameDistance ? second : before;
    }
}
