namespace Kevo.Storage.Memtable;

/// <summary>
/// Up to sixteen children and the keys between them. Like <see cref="LeafNode"/>, slots are written before
/// <see cref="Permutation"/> names them; afterwards only the child numbers change.
/// </summary>
internal struct InnerNode
{
    /// <summary>See <see cref="Memtable.Permutation"/>. Published last.</summary>
    public ulong Permutation;

    /// <summary>How many leading bytes all keys below this node share.</summary>
    public int Skip;

    /// <summary>The child for keys below every separator.</summary>
    public uint LeftChild;

    /// <summary>Eight bytes of each separator after the shared ones.</summary>
    public FifteenSlots<ulong> Slices;

    /// <summary>Addresses of entries whose keys are the separators.</summary>
    public FifteenSlots<ulong> Separators;

    /// <summary>The child for keys at or above the separator of the same slot, up to the next separator.</summary>
    public FifteenSlots<uint> Children;
}
