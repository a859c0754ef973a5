namespace Kevo.Storage.Memtable;

/// <content>Splitting full nodes into two new ones, and publishing them bottom up.</content>
internal sealed partial class MemoryTable
{
    // Narrowing a node's range lets it leave out more shared bytes, at the price of reading its keys again. Only worth
    // it when half of the eight deciding bytes would be wasted.
    private const int WastedBytesBeforeRefresh = 4;

    private const int Middle = (Permutation.Capacity + 1) / 2;

    // A full inner node with one more separator, in order, while it is being split.
    private readonly ulong[] _splitSlices = new ulong[Permutation.Capacity + 1];
    private readonly ulong[] _splitSeparators = new ulong[Permutation.Capacity + 1];
    private readonly uint[] _splitChildren = new uint[Permutation.Capacity + 2];

    private void SplitLeaf(uint node, int position, ReadOnlySpan<byte> key, ulong address)
    {
        ref LeafNode old = ref _leaves[node];

        // Keys that arrive in ascending order leave full nodes behind, not half-full ones.
        int keep = position == Permutation.Capacity ? Permutation.Capacity : Middle;
        ulong separator = keep == Permutation.Capacity
            ? address
            : AddressOf(old.Values[Permutation.SlotAt(old.Permutation, keep)]);
        uint left = NewLeaf(SkipBetween(old.Skip, LowerFence(0), separator), old.Previous, next: 0);
        uint right = NewLeaf(SkipBetween(old.Skip, separator, UpperFence(0)), left, old.Next);
        _leaves[left].Next = right;
        CopyLeaf(ref old, 0, keep, ref _leaves[left]);
        CopyLeaf(ref old, keep, Permutation.Capacity, ref _leaves[right]);
        bool goesRight = position > keep || keep == Permutation.Capacity;
        InsertKey(goesRight ? right : left, goesRight ? position - keep : position, key, address);

        if (old.Next != 0)
        {
            _leaves[old.Next].Previous = right;
        }

        if (old.Previous != 0)
        {
            Volatile.Write(ref _leaves[old.Previous].Next, left);
        }

        AddChild(level: 1, left, right, separator);
    }

    private void CopyLeaf(ref LeafNode source, int from, int to, ref LeafNode target)
    {
        for (int position = from; position < to; position++)
        {
            int slot = Permutation.SlotAt(source.Permutation, position);
            ulong value = source.Values[slot];
            target.Values[position - from] = value;
            target.Slices[position - from] = target.Skip == source.Skip
                ? source.Slices[slot]
                : EntryBytes.Slice(KeyAt(AddressOf(value)), target.Skip);
        }

        target.Permutation = Permutation.InOrder(to - from);
    }

    /// <summary>
    /// Puts a split's two halves in the place of the node they came from, at a level of the current path. The new
    /// separator is published before the left half replaces the old node: in between, readers go right of the separator
    /// to the new right half and left of it to the old node, and find everything either way. A reader that decided by
    /// the permutation before and then finds the left half notices that the permutation changed; see
    /// <see cref="FindChildNode"/>.
    /// </summary>
    private void AddChild(int level, uint left, uint right, ulong separator)
    {
        if (level > Height(_root))
        {
            uint top = NewInner(skip: 0, left);
            AppendSeparator(ref _inners[top], EntryBytes.Slice(KeyAt(separator), 0), separator, right);
            Volatile.Write(ref _root, ((ulong)level << 32) | top);
            return;
        }

        ref InnerNode inner = ref _inners[_path[level]];
        int position = _positions[level];
        int count = Permutation.Count(inner.Permutation);
        if (count == Permutation.Capacity)
        {
            SplitInner(level, left, right, separator);
            return;
        }

        inner.Slices[count] = EntryBytes.Slice(KeyAt(separator), inner.Skip);
        inner.Separators[count] = separator;
        inner.Children[count] = right;
        Volatile.Write(ref inner.Permutation, Permutation.Insert(inner.Permutation, position, count));
        Volatile.Write(ref Child(ref inner, position), left);
    }

    private void SplitInner(int level, uint left, uint right, ulong separator)
    {
        ref InnerNode old = ref _inners[_path[level]];
        int position = _positions[level];
        GatherSplit(ref old, position, left, right, separator);

        // As in leaves: ascending keys leave full nodes behind. The separator after the kept ones moves up.
        int keep = position == Permutation.Capacity ? Permutation.Capacity - 1 : Middle;
        ulong middle = _splitSeparators[keep];
        uint leftInner = NewInner(SkipBetween(old.Skip, LowerFence(level), middle), _splitChildren[0]);
        uint rightInner = NewInner(SkipBetween(old.Skip, middle, UpperFence(level)), _splitChildren[keep + 1]);
        FillFromSplit(ref _inners[leftInner], old.Skip, 0, keep);
        FillFromSplit(ref _inners[rightInner], old.Skip, keep + 1, Permutation.Capacity + 1);
        AddChild(level + 1, leftInner, rightInner, middle);
    }

    private void GatherSplit(ref InnerNode old, int position, uint left, uint right, ulong separator)
    {
        _splitChildren[0] = old.LeftChild;
        for (int i = 0, target = 0; i < Permutation.Capacity; i++, target++)
        {
            target += i == position ? 1 : 0;
            int slot = Permutation.SlotAt(old.Permutation, i);
            _splitSlices[target] = old.Slices[slot];
            _splitSeparators[target] = old.Separators[slot];
            _splitChildren[target + 1] = old.Children[slot];
        }

        _splitSlices[position] = EntryBytes.Slice(KeyAt(separator), old.Skip);
        _splitSeparators[position] = separator;
        _splitChildren[position] = left;
        _splitChildren[position + 1] = right;
    }

    private void FillFromSplit(ref InnerNode target, int sourceSkip, int from, int to)
    {
        for (int i = from; i < to; i++)
        {
            ulong slice = target.Skip == sourceSkip
                ? _splitSlices[i]
                : EntryBytes.Slice(KeyAt(_splitSeparators[i]), target.Skip);
            AppendSeparator(ref target, slice, _splitSeparators[i], _splitChildren[i + 1]);
        }
    }

    /// <summary>Adds the next separator in order to a node no reader knows yet.</summary>
    private static void AppendSeparator(ref InnerNode inner, ulong slice, ulong separator, uint child)
    {
        int count = Permutation.Count(inner.Permutation);
        inner.Slices[count] = slice;
        inner.Separators[count] = separator;
        inner.Children[count] = child;
        inner.Permutation = Permutation.InOrder(count + 1);
    }

    private uint NewInner(int skip, uint leftChild)
    {
        uint node = _inners.Add();
        ref InnerNode inner = ref _inners[node];
        inner.Permutation = Permutation.InOrder(0);
        inner.Skip = skip;
        inner.LeftChild = leftChild;
        return node;
    }

    /// <summary>
    /// The separator at or below every key of the node that the path takes at <paramref name="level"/>; 0 when the node
    /// is the leftmost of its level.
    /// </summary>
    private ulong LowerFence(int level)
    {
        for (int above = level + 1; above <= Height(_root); above++)
        {
            if (_positions[above] > 0)
            {
                ref InnerNode inner = ref _inners[_path[above]];
                return inner.Separators[Permutation.SlotAt(inner.Permutation, _positions[above] - 1)];
            }
        }

        return 0;
    }

    /// <summary>The separator above every key of the node; 0 when the node is the rightmost of its level.</summary>
    private ulong UpperFence(int level)
    {
        for (int above = level + 1; above <= Height(_root); above++)
        {
            ref InnerNode inner = ref _inners[_path[above]];
            if (_positions[above] < Permutation.Count(inner.Permutation))
            {
                return inner.Separators[Permutation.SlotAt(inner.Permutation, _positions[above])];
            }
        }

        return 0;
    }

    /// <summary>How many leading bytes a node between two separators leaves out; 0 stands for no separator.</summary>
    private int SkipBetween(int current, ulong lower, ulong upper)
    {
        if (lower == 0 || upper == 0)
        {
            return current;
        }

        int shared = KeyAt(lower).CommonPrefixLength(KeyAt(upper));
        return shared - current >= WastedBytesBeforeRefresh ? shared : current;
    }
}
