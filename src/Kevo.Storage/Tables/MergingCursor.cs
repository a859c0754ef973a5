namespace Kevo.Storage.Tables;

/// <summary>
/// Walks several ordered cursors as one: of the entries with one key only that of the newest source is seen, tombstones
/// included. Moving allocates nothing. One thread at a time.
/// </summary>
public sealed class MergingCursor : IOrderedCursor
{
    private const int SharedMin = 64;

    // Keys that stand close together share more than the keys behind them will. So many of the shared bytes stay in the
    // heads, so that heads seldom have to be taken anew.
    private const int SharedSlack = 3;

    private readonly IOrderedCursor[] _sources;
    private readonly ulong[] _heads;
    private readonly int[] _heap;
    private int _heapCount;
    private bool _started;

    // The source that the current entry comes from; null when there is none.
    private IOrderedCursor? _top;

    // The bytes that all sources' current keys begin with. Heads are taken behind them, so that eight bytes decide also
    // where keys begin alike.
    private byte[] _shared = new byte[SharedMin];
    private int _sharedLength;

    /// <summary>Takes over the cursors, which are disposed with this one.</summary>
    /// <param name="newestFirst">Where the same key occurs, the earlier source in this list wins.</param>
    public MergingCursor(params ReadOnlySpan<IOrderedCursor> newestFirst)
    {
        _sources = newestFirst.ToArray();
        _heads = new ulong[_sources.Length];
        _heap = new int[_sources.Length];
    }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key => _top is null ? default : _top.Key;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Value => _top is null ? default : _top.Value;

    /// <inheritdoc/>
    public ulong Sequence => _top is null ? 0 : _top.Sequence;

    /// <inheritdoc/>
    public bool IsTombstone => _top is not null && _top.IsTombstone;

    /// <summary>Which source, by its place in the constructor's list, the current entry comes from.</summary>
    public int Source => _heapCount == 0 ? -1 : _heap[0];

    /// <inheritdoc/>
    public bool MoveNext()
    {
        if (!_started)
        {
            Start(default, seek: false);
            return SettleTop();
        }

        if (_heapCount == 0)
        {
            return false;
        }

        SkipOlderVersions();
        Advance(0);
        return SettleTop();
    }

    /// <inheritdoc/>
    public bool Seek(ReadOnlySpan<byte> key)
    {
        Start(key, seek: true);
        return SettleTop();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _heapCount = 0;
        _top = null;
        _started = true;
        foreach (IOrderedCursor source in _sources)
        {
            source.Dispose();
        }
    }

    private bool SettleTop()
    {
        _top = _heapCount == 0 ? null : _sources[_heap[0]];
        return _top is not null;
    }

    private void Start(ReadOnlySpan<byte> key, bool seek)
    {
        _started = true;
        _heapCount = 0;
        for (int source = 0; source < _sources.Length; source++)
        {
            if (seek ? _sources[source].Seek(key) : _sources[source].MoveNext())
            {
                _heap[_heapCount++] = source;
            }
        }

        TakeHeads();
        for (int i = (_heapCount / 2) - 1; i >= 0; i--)
        {
            SiftDown(i);
        }
    }

    /// <summary>Advances every other source that stands on the current key; they are the root's descendants.</summary>
    private void SkipOlderVersions()
    {
        while (_heapCount > 1)
        {
            int child = 1;
            if (_heapCount > 2 && Before(_heap[2], _heap[1]))
            {
                child = 2;
            }

            if (!SameKey(_heap[0], _heap[child]))
            {
                return;
            }

            Advance(child);
        }
    }

    private void Advance(int place)
    {
        int source = _heap[place];
        if (_sources[source].MoveNext())
        {
            ReadOnlySpan<byte> key = _sources[source].Key;
            if (key.StartsWith(_shared.AsSpan(0, _sharedLength)))
            {
                _heads[source] = KeyHead.Of(key[_sharedLength..]);
            }
            else
            {
                TakeHeads();
            }
        }
        else
        {
            _heap[place] = _heap[--_heapCount];
            if (place == _heapCount)
            {
                return;
            }
        }

        SiftDown(place);
    }

    /// <summary>Finds what the current keys share, and takes their heads behind it; their order stays.</summary>
    private void TakeHeads()
    {
        if (_heapCount < 2)
        {
            // A lone source needs no head.
            _sharedLength = 0;
            return;
        }

        ReadOnlySpan<byte> first = _sources[_heap[0]].Key;
        int shared = first.Length;
        for (int i = 1; i < _heapCount; i++)
        {
            shared = first[..shared].CommonPrefixLength(_sources[_heap[i]].Key);
        }

        shared = Math.Max(shared - SharedSlack, 0);
        if (shared > _shared.Length)
        {
            _shared = new byte[Math.Max(shared, 2 * _shared.Length)];
        }

        first[..shared].CopyTo(_shared);
        _sharedLength = shared;
        for (int i = 0; i < _heapCount; i++)
        {
            _heads[_heap[i]] = KeyHead.Of(_sources[_heap[i]].Key[shared..]);
        }
    }

    private void SiftDown(int place)
    {
        int moving = _heap[place];
        while (true)
        {
            int child = (2 * place) + 1;
            if (child >= _heapCount)
            {
                break;
            }

            if (child + 1 < _heapCount && Before(_heap[child + 1], _heap[child]))
            {
                child++;
            }

            if (!Before(_heap[child], moving))
            {
                break;
            }

            _heap[place] = _heap[child];
            place = child;
        }

        _heap[place] = moving;
    }

    private bool Before(int left, int right)
    {
        ulong leftHead = _heads[left];
        ulong rightHead = _heads[right];
        if (leftHead != rightHead)
        {
            return leftHead < rightHead;
        }

        int order = _sources[left].Key.SequenceCompareTo(_sources[right].Key);
        return order != 0 ? order < 0 : left < right;
    }

    private bool SameKey(int left, int right) =>
        _heads[left] == _heads[right] && _sources[left].Key.SequenceEqual(_sources[right].Key);
}
