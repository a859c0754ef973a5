namespace Kevo.Storage.Memtable;

/// <summary>The chunk pools that the memtables of one store share.</summary>
internal sealed class NodePools
{
    private const int LeafBytes = 264;
    private const int InnerBytes = 320;
    private const int VersionBytes = 32;

    /// <summary>Chunks of leaves: 66 KiB: below what the runtime treats as a large object.</summary>
    public ChunkPool<LeafNode> Leaves { get; } = new(256, LeafBytes);

    /// <summary>Chunks of inner nodes: 80 KiB.</summary>
    public ChunkPool<InnerNode> Inners { get; } = new(256, InnerBytes);

    /// <summary>Chunks of version nodes: 64 KiB.</summary>
    public ChunkPool<VersionNode> Versions { get; } = new(2048, VersionBytes);
}
