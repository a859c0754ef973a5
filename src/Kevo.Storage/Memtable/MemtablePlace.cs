namespace Kevo.Storage.Memtable;

/// <summary>A place between two keys of a memtable, and the order of the leaf as it was on arrival there.</summary>
internal struct MemtablePlace
{
    /// <summary>The leaf.</summary>
    public uint Leaf;

    /// <summary>The leaf's permutation on arrival.</summary>
    public ulong Permutation;

    /// <summary>The next position in the order.</summary>
    public int Position;
}
