using System.Runtime.CompilerServices;
using Kevo.Core;

namespace Kevo.Storage.Memtable;

/// <summary>
/// The memtable: entries of the log in key order, every version by its sequence. Keys and values stay where the log put
/// them; the tree holds addresses and eight deciding bytes per key. One writer, any number of readers without locks.
/// </summary>
/// <remarks>
/// <para>
/// A B+ tree of fifteen-slot nodes. An insertion writes a free slot and then publishes the node's permutation with one
/// release store. A split never changes the node that readers may be in: both halves are new nodes, the old one stays
/// as it is. Only the child numbers of inner nodes are replaced, after the permutation that goes with them; readers
/// check that it did not change under them. Nodes are given back only with the whole table.
/// </para>
/// <para>
/// Memory order: everything a word leads to (the slot, the new nodes, the entry's bytes in the log) is written before
/// that word is stored with <see cref="Volatile"/>; readers load the word with <see cref="Volatile"/> before they
/// follow it. So what a reader reaches is complete. That it reaches <em>enough</em> follows from the snapshot: entries
/// up to the reader's sequence were published here before the sequence was published to it. A node that the reader
/// finds frozen was frozen after the reader began, hence holds all of them for its range; and its link to the right was
/// current at that time too.
/// </para>
/// <para>
/// Each node leaves out the bytes that its two bounding separators have in common, since every key between them has
/// them too; that is what makes eight bytes decide nearly always, also when keys begin alike.
/// </para>
/// </remarks>
internal sealed partial class MemoryTable
{
    private const int MaxHeight = 16;

    // Numbers stay below 2^31; memory limits end a memtable long before.
    private const uint MaxNodes = int.MaxValue;

    private const ulong VersionTag = 1UL << 63;

    private readonly IEntryMemory _memory;
    private readonly NodeArena<LeafNode> _leaves;
    private readonly NodeArena<InnerNode> _inners;
    private readonly NodeArena<VersionNode> _versions;

    // The writer's way from the root to the leaf of the current insertion: inner nodes, and where it left each.
    private readonly uint[] _path = new uint[MaxHeight];
    private readonly int[] _positions = new int[MaxHeight];

    // Height in the upper half, node in the lower: one word, so that a reader never pairs a root with another's height.
    private ulong _root;
    private ulong _greatest;
    private long _keyCount;
    private long _entryCount;
    private long _payloadBytes;

    /// <summary>Creates an empty table.</summary>
    public MemoryTable(IEntryMemory memory, NodePools pools)
    {
        _memory = memory;
        _leaves = new NodeArena<LeafNode>(pools.Leaves, MaxNodes);
        _inners = new NodeArena<InnerNode>(pools.Inners, MaxNodes);
        _versions = new NodeArena<VersionNode>(pools.Versions, MaxNodes);
        _root = NewLeaf(skip: 0, previous: 0, next: 0);
    }

    /// <summary>Distinct keys, deleted ones included. Any thread; may lag behind the writer.</summary>
    public long KeyCount => Volatile.Read(ref _keyCount);

    /// <summary>Entries inserted. Any thread; may lag behind the writer.</summary>
    public long EntryCount => Volatile.Read(ref _entryCount);

    /// <summary>Bytes of the keys and values inserted. Any thread; may lag behind the writer.</summary>
    public long PayloadBytes => Volatile.Read(ref _payloadBytes);

    /// <summary>Bytes of nodes in use. Any thread.</summary>
    public long NodeBytes => _leaves.Bytes + _inners.Bytes + _versions.Bytes;

    /// <summary>True when the next insertion surely finds room for its nodes.</summary>
    public bool HasRoom => _leaves.HasRoomFor(4) && _inners.HasRoomFor(4 * MaxHeight) && _versions.HasRoomFor(2);

    /// <summary>
    /// Finds the newest version of a key at or below a sequence.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="sequence">
    /// The reader's snapshot; every entry up to it was inserted before the reader took it.
    /// </param>
    /// <param name="value">The value, in the log's memory.</param>
    public MemtableHit TryGet(ReadOnlySpan<byte> key, ulong sequence, out ReadOnlySpan<byte> value)
    {
        value = default;
        ref LeafNode leaf = ref _leaves[FindLeaf(key)];
        ulong permutation = Volatile.Read(ref leaf.Permutation);
        int position = FindInLeaf(ref leaf, permutation, key, out bool found);
        if (!found)
        {
            return MemtableHit.Unknown;
        }

        ulong newest = Volatile.Read(ref leaf.Values[Permutation.SlotAt(permutation, position)]);
        ulong address = VersionAt(newest, sequence);
        if (address == 0)
        {
            return MemtableHit.Unknown;
        }

        ReadOnlySpan<byte> entry = _memory.From(address);
        if (EntryBytes.IsDelete(entry))
        {
            return MemtableHit.Deleted;
        }

        value = EntryBytes.Value(entry);
        return MemtableHit.Put;
    }

    /// <summary>A cursor over what a reader at <paramref name="sequence"/> sees; starts before the first key.</summary>
    public MemtableCursor OpenCursor(ulong sequence) => new(this, sequence);

    /// <summary>Gives the nodes back to the pools. The caller knows that no reader is left.</summary>
    public void Clear()
    {
        _leaves.Clear();
        _inners.Clear();
        _versions.Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ReadOnlySpan<byte> KeyAt(ulong address) => EntryBytes.Key(_memory.From(address));

    private uint NewLeaf(int skip, uint previous, uint next)
    {
        uint node = _leaves.Add();
        ref LeafNode leaf = ref _leaves[node];
        leaf.Permutation = 0;
        leaf.Skip = skip;
        leaf.Previous = previous;
        leaf.Next = next;
        return node;
    }
}
