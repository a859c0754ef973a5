namespace Kevo.Storage.Memtable;

/// <summary>A place between two keys of a memtable, and what a reader sees of the leaf it arrived at.</summary>
internal struct MemtablePlace
{
    /// <summary>The leaf.</summary>
    public uint Leaf;

    /// <summary>The next position in the order.</summary>
    public int Position;

    /// <summary>Positions in the order of the leaf.</summary>
    public int Count;

    /// <summary>For each position the address of the reader's version; 0 where it sees none.</summary>
    public FifteenSlots<ulong> Addresses;
}
