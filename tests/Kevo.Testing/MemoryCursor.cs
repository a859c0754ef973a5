using Kevo.Storage;

namespace Kevo.Testing;

/// <summary>A walk over a <see cref="MemorySnapshot"/>.</summary>
internal sealed class MemoryCursor(MemorySnapshot snapshot, IEnumerator<KeyValuePair<byte[], byte[]>> entries)
    : IEntryCursor
{
    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key => entries.Current.Key;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Value => entries.Current.Value;

    /// <inheritdoc/>
    public bool MoveNext()
    {
        snapshot.CheckOpen();
        return entries.MoveNext();
    }

    /// <inheritdoc/>
    public void Dispose() => entries.Dispose();
}
