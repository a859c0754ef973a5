namespace Kevo.Storage.Memtable;

/// <summary>
/// Up to fifteen keys of the memtable. A slot is written once, before <see cref="Permutation"/> names it, and
/// afterwards only <see cref="Values"/> changes (to a newer version). A node that was split is left as it is for the
/// readers in it.
/// </summary>
internal struct LeafNode
{
    /// <summary>See <see cref="Memtable.Permutation"/>. Published last.</summary>
    public ulong Permutation;

    /// <summary>The leaf to the right; 0 at the end.</summary>
    public uint Next;

    /// <summary>The leaf to the left; 0 at the start. Only the writer reads it.</summary>
    public uint Previous;

    /// <summary>
    /// How many leading bytes all keys that belong here share; <see cref="Slices"/> begin after them.
    /// </summary>
    public int Skip;

    /// <summary>The next eight bytes of each key; see <see cref="EntryBytes.Slice"/>.</summary>
    public FifteenSlots<ulong> Slices;

    /// <summary>Per key the address of its only version, or a tagged <see cref="VersionNode"/> index.</summary>
    public FifteenSlots<ulong> Values;
}
