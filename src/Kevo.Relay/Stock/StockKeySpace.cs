namespace Kevo.Relay.Stock;

/// <summary>
/// What clients of the simulated primary read: memtables and tables with the rules, right and wrong, by which stock
/// looks through them.
/// </summary>
internal sealed class StockKeySpace(StockPrimaryOptions options)
{
    // Stock's Get lands on the wrong restart point for about half of the keys of a table it has to search.
    private const int MissedTableKeyStride = 2;

    // A start key makes stock begin up to one block too late; 32 keys of the measured size fill one.
    private const int KeysSkippedByLateStart = 32;

    private readonly List<StockMemtable> _frozen = [];
    private readonly List<StockMemtable> _tables = [];
    private readonly List<StockMemtable> _unflushed = [];
    private StockMemtable _active = new();
    private bool _restarted;

    public long ActiveSize => _active.Size;

    public void Insert(byte[] key, StockVersion version) => _active.Insert(key, version);

    /// <summary>
    /// Writes the active memtable to a table; its copy in memory stays in front of it until a restart.
    /// </summary>
    public void Flush()
    {
        FlushHidden();
        _frozen.Add(_active);
        _tables.Add(_active.ToTable(options.Has(StockQuirks.EmptyValuesAreHidden)));
        _active = new StockMemtable();
    }

    /// <summary>Rebuilds memory from the log, as a start does.</summary>
    /// <returns>False when the log holds more than the memtables may: then nothing of it was taken.</returns>
    public bool Replay(StockWal wal)
    {
        _frozen.Clear();
        _unflushed.Clear();
        _active = new StockMemtable();
        _restarted = true;
        foreach (StockWalFile file in wal.Files)
        {
            foreach (StockEntry entry in file.Entries)
            {
                if (_active.Size >= options.MemtableSize)
                {
                    if (_unflushed.Count + 1 >= options.MaxMemtables)
                    {
                        _unflushed.Clear();
                        _active = new StockMemtable();
                        return false;
                    }

                    _unflushed.Add(_active);
                    _active = new StockMemtable();
                }

                byte[]? value = entry.Operation == Core.Operation.Delete ? null : entry.Value.ToArray();
                _active.Insert(entry.Key.ToArray(), new StockVersion(entry.Sequence, value, Replayed: true));
            }
        }

        return true;
    }

    /// <summary>Whether a start left memtables to be flushed by the background worker.</summary>
    public bool HasHiddenMemtables => _unflushed.Count > 0;

    public bool TryGet(byte[] key, out byte[]? value)
    {
        value = null;
        if (_active.TryGet(key, out StockVersion version))
        {
            return IsPresent(version, out value);
        }

        for (int i = _frozen.Count - 1; i >= 0; i--)
        {
            if (_frozen[i].TryGet(key, out version))
            {
                return IsPresent(version, out value);
            }
        }

        for (int i = _tables.Count - 1; i >= 0; i--)
        {
            if (_tables[i].TryGet(key, out version) && !Missed(_tables[i], key))
            {
                return IsPresent(version, out value);
            }
        }

        return false;
    }

    /// <summary>
    /// Live keys and values in order, from the start key (empty: the first) to the end key (empty: the last).
    /// </summary>
    public List<KeyValuePair<byte[], byte[]>> Scan(ReadOnlySpan<byte> start, ReadOnlySpan<byte> end)
    {
        var merged = new SortedDictionary<byte[], StockVersion>(ByteKeyComparer.Instance);
        foreach (StockMemtable source in ScanOrder())
        {
            foreach ((byte[] key, StockVersion version) in source.Versions)
            {
                merged.TryAdd(key, version);
            }
        }

        var rows = new List<KeyValuePair<byte[], byte[]>>(merged.Count);
        int skip = _restarted && options.Has(StockQuirks.ScanStartsLate) && !start.IsEmpty
            && _active.Versions.Count == 0
            ? KeysSkippedByLateStart
            : 0;
        foreach ((byte[] key, StockVersion version) in merged)
        {
            if (key.AsSpan().SequenceCompareTo(start) < 0 || (!end.IsEmpty && key.AsSpan().SequenceCompareTo(end) >= 0))
            {
                continue;
            }

            if (skip > 0)
            {
                skip--;
                continue;
            }

            if (IsPresent(version, out byte[]? value))
            {
                rows.Add(new KeyValuePair<byte[], byte[]>(key, value!));
            }
        }

        return rows;
    }

    private IEnumerable<StockMemtable> ScanOrder()
    {
        yield return _active;
        if (options.Has(StockQuirks.StaleScan))
        {
            foreach (StockMemtable frozen in _frozen)
            {
                yield return frozen;
            }
        }
        else
        {
            for (int i = _frozen.Count - 1; i >= 0; i--)
            {
                yield return _frozen[i];
            }
        }

        for (int i = _tables.Count - 1; i >= 0; i--)
        {
            yield return _tables[i];
        }
    }

    private void FlushHidden()
    {
        foreach (StockMemtable memtable in _unflushed)
        {
            _tables.Add(memtable.ToTable(options.Has(StockQuirks.EmptyValuesAreHidden)));
        }

        _unflushed.Clear();
    }

    private bool IsPresent(StockVersion version, out byte[]? value)
    {
        value = version.Value;
        return value is not null
            && (value.Length > 0 || version.Replayed || !options.Has(StockQuirks.EmptyValuesAreHidden));
    }

    private bool Missed(StockMemtable table, byte[] key)
    {
        if (!_restarted || !options.Has(StockQuirks.GetMissesTableKeys))
        {
            return false;
        }

        int index = 0;
        foreach (byte[] held in table.Versions.Keys)
        {
            if (held.AsSpan().SequenceEqual(key))
            {
                return index % MissedTableKeyStride == 1;
            }

            index++;
        }

        return false;
    }
}
