using Kevo.Core;
using Kevo.Storage;

namespace Kevo.Replication.Bootstrap;

/// <summary>
/// Walks the primary's rows beside our own and collects what differs. Memory is bounded: when the differences grow
/// beyond the limit, the primary's content is written to a rebuild instead. One thread at a time.
/// </summary>
internal sealed class ContentComparison : IDisposable
{
    private readonly IRebuildableStore _store;
    private readonly ISnapshot _snapshot;
    private readonly IEntryCursor _own;
    private readonly long _changeBytesMax;
    private readonly AscendingKeys _keys = new();
    private bool _ownHasRow;
    private long _changeBytes;
    private bool _handedOver;

    /// <summary>Opens a view of what is held.</summary>
    /// <param name="store">What is held.</param>
    /// <param name="changeBytesMax">Most bytes of differences kept in memory.</param>
    /// <param name="rebuildAtOnce">
    /// True when the whole content shall be replaced whatever differs. So it is in a store that holds no history yet.
    /// </param>
    public ContentComparison(IRebuildableStore store, long changeBytesMax, bool rebuildAtOnce)
    {
        _store = store;
        _changeBytesMax = changeBytesMax;
        _snapshot = store.OpenSnapshot();
        _own = _snapshot.Scan(default, default);
        _ownHasRow = _own.MoveNext();
        Rebuild = rebuildAtOnce || _snapshot.Position == LogPosition.None ? store.BeginRebuild() : null;
    }

    /// <summary>What differs so far; empty once there is a rebuild.</summary>
    public List<ContentChange> Changes { get; } = [];

    /// <summary>All of the primary's content so far; null as long as the differences are few.</summary>
    public IStoreRebuild? Rebuild { get; private set; }

    /// <summary>Rows of the primary taken in.</summary>
    public long Keys { get; private set; }

    /// <summary>Bytes of their keys and values.</summary>
    public long Bytes { get; private set; }

    /// <summary>Takes in the primary's next row.</summary>
    /// <exception cref="ProtocolException">The rows do not ascend, or a key is empty.</exception>
    public void Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (!_keys.TryMove(key))
        {
            throw new ProtocolException(
                $"Row {Keys + 1} of the primary's scan does not come after the one before; the scan cannot be "
                + "trusted.");
        }

        Keys++;
        Bytes += key.Length + value.Length;
        if (Rebuild is not null)
        {
            Rebuild.Add(key, value);
            return;
        }

        RemoveOwnBelow(key);
        if (Rebuild is not null)
        {
            Rebuild.Add(key, value);
            return;
        }

        bool same = false;
        ulong before = RotationWitness.HashOf(default, present: false);
        if (_ownHasRow && _own.Key.SequenceEqual(key))
        {
            same = _own.Value.SequenceEqual(value);
            before = same ? before : RotationWitness.HashOf(_own.Value, present: true);
            _ownHasRow = _own.MoveNext();
        }

        if (!same)
        {
            Change(new ContentChange(Operation.Put, key.ToArray(), value.ToArray(), before));
        }
    }

    /// <summary>The primary has no more rows.</summary>
    public void Complete()
    {
        while (_ownHasRow && Rebuild is null)
        {
            RemoveOwn();
        }
    }

    /// <summary>Gives the rebuild to a result, which disposes it from now on.</summary>
    public IStoreRebuild? HandOver()
    {
        _handedOver = true;
        return Rebuild;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_handedOver)
        {
            Rebuild?.Dispose();
        }

        _own.Dispose();
        _snapshot.Dispose();
    }

    private void RemoveOwnBelow(ReadOnlySpan<byte> key)
    {
        while (_ownHasRow && Rebuild is null && _own.Key.SequenceCompareTo(key) < 0)
        {
            RemoveOwn();
        }
    }

    private void RemoveOwn()
    {
        ContentChange change = new(
            Operation.Delete, _own.Key.ToArray(), [], RotationWitness.HashOf(_own.Value, present: true));
        _ownHasRow = _own.MoveNext();
        Change(change);
    }

    private void Change(ContentChange change)
    {
        Changes.Add(change);
        _changeBytes += change.Cost;
        if (_changeBytes > _changeBytesMax)
        {
            SwitchToRebuild();
        }
    }

    /// <summary>
    /// Too much differs. What the primary has up to the last change is our own content up to there with the changes
    /// made, and behind the last change nothing of ours was found equal yet: write that down, and the rows to come
    /// behind it.
    /// </summary>
    private void SwitchToRebuild()
    {
        IStoreRebuild rebuild = _store.BeginRebuild();
        Rebuild = rebuild;
        using IEntryCursor own = _snapshot.Scan(default, default);
        bool has = own.MoveNext();
        foreach (ContentChange change in Changes)
        {
            for (; has && own.Key.SequenceCompareTo(change.Key) < 0; has = own.MoveNext())
            {
                rebuild.Add(own.Key, own.Value);
            }

            if (has && own.Key.SequenceEqual(change.Key))
            {
                has = own.MoveNext();
            }

            if (change.Operation == Operation.Put)
            {
                rebuild.Add(change.Key, change.Value);
            }
        }

        Changes.Clear();
    }
}
