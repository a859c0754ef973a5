using System.Numerics;
using System.Runtime.CompilerServices;

namespace Kevo.Storage.Memtable;

/// <summary>
/// Nodes of one kind, numbered from 1, in chunks of a <see cref="ChunkPool{T}"/>. One thread adds; any thread reads a node
/// whose number was published to it, because the chunk's reference is stored before the number is handed out.
/// </summary>
internal sealed class NodeArena<T>
    where T : struct
{
    private readonly ChunkPool<T> _pool;
    private readonly int _shift;
    private readonly int _mask;

    // Fixed in length: readers index it without a lock, so it is never replaced.
    private readonly T[]?[] _chunks;
    private uint _next = 1;

    public NodeArena(ChunkPool<T> pool, int maxChunks)
    {
        _pool = pool;
        _shift = BitOperations.Log2((uint)pool.ChunkLength);
        _mask = pool.ChunkLength - 1;
        _chunks = new T[maxChunks][];
    }

    /// <summary>Bytes held in chunks.</summary>
    public long Bytes { get; private set; }

    public ref T this[uint node]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => ref _chunks[node >> _shift]![node & _mask];
    }

    /// <summary>True when <paramref name="count"/> further nodes fit.</summary>
    public bool HasRoomFor(int count) => _next + (ulong)count < (ulong)_chunks.Length << _shift;

    /// <summary>The number of a new node, which holds leftovers of an earlier use.</summary>
    public uint Add()
    {
        uint node = _next++;
        uint chunk = node >> _shift;
        if (_chunks[chunk] is null)
        {
            _chunks[chunk] = _pool.Rent();
            Bytes += _pool.ChunkBytes;
        }

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

        Bytes = 0;
        _next = 1;
    }
}
