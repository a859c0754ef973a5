using System.Collections.Immutable;
using Kevo.Core;
using Kevo.Storage;

namespace Kevo.Testing;

/// <summary>A snapshot of a <see cref="MemoryStore"/>; fails when used after it was disposed.</summary>
internal sealed class MemorySnapshot(
    MemoryStore store, ImmutableSortedDictionary<byte[], byte[]> content, LogPosition position) : ISnapshot
{
    private bool _disposed;

    /// <inheritdoc/>
    public LogPosition Position { get; } = position;

    /// <inheritdoc/>
    public bool TryGet(ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (store.ReadFailure is Exception failure)
        {
            throw failure;
        }

        bool found = content.TryGetValue(key.ToArray(), out byte[]? held);
        value = held;
        return found;
    }

    /// <inheritdoc/>
    public IEntryCursor Scan(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        byte[] first = start.ToArray();
        byte[] last = end.ToArray();
        IEnumerable<KeyValuePair<byte[], byte[]>> range = content
            .SkipWhile(entry => entry.Key.AsSpan().SequenceCompareTo(first) < 0)
            .TakeWhile(entry => last.Length == 0 || entry.Key.AsSpan().SequenceCompareTo(last) < 0);
        return new MemoryCursor(this, range.GetEnumerator());
    }

    /// <inheritdoc/>
    public void Renew() => store.CountRenewal();

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            store.Release();
        }
    }

    internal void CheckOpen()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (store.ReadFailure is Exception failure)
        {
            throw failure;
        }
    }
}
