using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kevo.Storage.Memtable;

/// <summary>
/// Nodes of one kind, numbered from 1, in chunks of a <see cref="ChunkPool{T}"/>. One thread adds; any thread reads a
/// node whose number was published to it.
/// </summary>
/// <remarks>
/// The chunk's reference, and the list it is in, are stored before the number is handed out; a reader loads the list
/// after it got the number from a volatile load, and so finds a list that has the chunk.
/// </remarks>
internal sealed class NodeArena<T>
    where T : struct
{
    private const int FirstChunks = 8;

    private readonly ChunkPool<T> _pool;
    private readonly int _shift;
    private readonly int _mask;
    private readonly uint _maxNodes;
    private T[]?[] _chunks = new T[FirstChunks][];
    private uint _next = 1;

    public NodeArena(ChunkPool<T> pool, uint maxNodes)
    {
        _pool = pool;
        _shift = BitOperations.Log2((uint)pool.ChunkLength);
        _mask = pool.ChunkLength - 1;
        _maxNodes = maxNodes;
    }

    /// <summary>Bytes of the nodes in use.</summary>
    public long Bytes => (long)Volatile.Read(ref _next) * _pool.ElementBytes;

    public ref T this[uint node]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _chunks[node >> _shift]![node & _mask];
    }

    /// <summary>True when <paramref name="count"/> further nodes fit.</summary>
    public bool HasRoomFor(uint count) => _next + count < _maxNodes;

    /// <summary>The number of a new node, which holds leftovers of an earlier use.</summary>
    public uint Add()
    {
        uint node = _next;
        int chunk = (int)(node >> _shift);
        if (chunk == _chunks.Length)
        {
            T[]?[] longer = new T[2 * chunk][];
            _chunks.CopyTo(longer, 0);
            Volatile.Write(ref _chunks, longer);
        }

        _chunks[chunk] ??= _pool.Rent();
        Volatile.Write(ref _next, node + 1);
        return node;
    }

    /// <summary>Gives all chunks back; no reader may be left.</summary>
    public void Clear()
    {
        for (int i = 0; i < _chunks.Length && _chunks[i] is { } chunk; i++)
        {
            _pool.Return(chunk);
            _chunks[i] = null;
        }

        _next = 1;
    }
}
