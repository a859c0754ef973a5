namespace Kevo.Storage;

/// <summary>Walks keys and values in order. The current spans live until the next move. One thread at a time.</summary>
public interface IEntryCursor : IDisposable
{
    /// <summary>Moves to the next entry; false at the end.</summary>
    /// <exception cref="Core.StorageException">A block on the way is corrupt.</exception>
    bool MoveNext();

    /// <summary>The current key.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>The current value.</summary>
    ReadOnlySpan<byte> Value { get; }
}
