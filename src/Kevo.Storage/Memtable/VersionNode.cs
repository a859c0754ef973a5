namespace Kevo.Storage.Memtable;

/// <summary>
/// A version of a key that was written more than once in the life of a memtable; never changed once published. The
/// oldest version of a key has no node. Jumps make the way to an old version logarithmic in the number of versions.
/// </summary>
internal struct VersionNode
{
    /// <summary>Where the version's entry lies.</summary>
    public ulong Address;

    /// <summary>The version's sequence.</summary>
    public ulong Sequence;

    /// <summary>The version before: a tagged node index, or the address of the oldest version.</summary>
    public ulong Previous;

    /// <summary>A node further back (skew-binary numbering); 0 when there is none.</summary>
    public uint Jump;

    /// <summary>Nodes before this one in the chain.</summary>
    public uint Depth;
}
