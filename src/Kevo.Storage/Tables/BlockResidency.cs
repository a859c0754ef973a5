namespace Kevo.Storage.Tables;

/// <summary>
/// Bounds how much of the mapped tables of one store is in this process's memory. Readers note what they touch; when
/// the sum passes the budget, whole tables are handed back to the system in turn until three quarters are left. Their
/// data stays valid, and mostly in the page cache. Thread-safe.
/// </summary>
/// <param name="budgetBytes">Bytes that may be resident.</param>
public sealed class BlockResidency(long budgetBytes)
{
    private readonly Lock _gate = new();
    private readonly List<ResidencyMap> _maps = [];
    private int _hand;
    private long _resident;

    /// <summary>Bytes noted as touched and not handed back since; at least what is resident.</summary>
    public long ResidentBytes => Volatile.Read(ref _resident);

    internal void Register(ResidencyMap map)
    {
        lock (_gate)
        {
            _maps.Add(map);
        }
    }

    /// <summary>Forgets a table; when this returns nobody releases its memory any more.</summary>
    internal void Unregister(ResidencyMap map)
    {
        lock (_gate)
        {
            _maps.Remove(map);
            Interlocked.Add(ref _resident, -map.TakeResident());
        }
    }

    /// <summary>Counts bytes that became resident.</summary>
    internal void Add(long bytes)
    {
        if (Interlocked.Add(ref _resident, bytes) > budgetBytes)
        {
            Trim();
        }
    }

    private void Trim()
    {
        // One thread at a time; the others need not wait for it.
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            long target = budgetBytes / 4 * 3;
            for (int i = 0; i < _maps.Count && ResidentBytes > target; i++)
            {
                _hand = (_hand + 1) % _maps.Count;
                Interlocked.Add(ref _resident, -_maps[_hand].Release());
            }
        }
        finally
        {
            _gate.Exit();
        }
    }
}
