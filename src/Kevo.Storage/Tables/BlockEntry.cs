namespace Kevo.Storage.Tables;

/// <summary>Where the parts of one entry are, as offsets from the start of its block.</summary>
internal struct BlockEntry
{
    /// <summary>How many leading bytes the key has in common with the key before it.</summary>
    public int Shared;

    /// <summary>Where the rest of the key begins.</summary>
    public int SuffixOffset;

    /// <summary>Length of the rest of the key.</summary>
    public int SuffixLength;

    public ulong Sequence;

    public int ValueOffset;

    /// <summary>0 for a tombstone.</summary>
    public int ValueLength;

    public bool IsTombstone;
}
