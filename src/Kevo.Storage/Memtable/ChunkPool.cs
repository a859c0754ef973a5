namespace Kevo.Storage.Memtable;

/// <summary>
/// Equal arrays that memtables hand on to each other, so that a new memtable costs no allocation. Thread-safe. Chunks
/// come back as they were left: whoever rents one writes before it reads.
/// </summary>
internal sealed class ChunkPool<T>(int chunkLength, int elementBytes)
    where T : struct
{
    private readonly Stack<T[]> _free = new();

    /// <summary>Elements per chunk; a power of two.</summary>
    public int ChunkLength { get; } = chunkLength;

    /// <summary>Bytes of one element.</summary>
    public int ElementBytes { get; } = elementBytes;

    public T[] Rent()
    {
        lock (_free)
        {
            if (_free.TryPop(out T[]? chunk))
            {
                return chunk;
            }
        }

        return GC.AllocateUninitializedArray<T>(ChunkLength);
    }

    public void Return(T[] chunk)
    {
        lock (_free)
        {
            _free.Push(chunk);
        }
    }
}
