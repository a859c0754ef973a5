using Kevo.Core;

namespace Kevo.Storage.Kevo;

/// <summary>One of the memtables that stock's recovery fills, by stock's rule of who wins.</summary>
internal sealed class StockMemtable
{
    private const int EntryCharge = 16;

    private readonly SortedDictionary<byte[], StockVersion> _entries = new(StockKeyOrder.Instance);

    /// <summary>The size stock counts: every inserted version, not only the one that wins.</summary>
    public long Size { get; private set; }

    /// <summary>The winners in key order.</summary>
    public IReadOnlyDictionary<byte[], StockVersion> Entries => _entries;

    /// <summary>Inserts an entry: the highest sequence wins, among equal ones the one inserted last.</summary>
    public void Insert(StockEntry entry)
    {
        byte[]? value = entry.Operation == Operation.Delete ? null : entry.Value.ToArray();
        Size += entry.Key.Length + (value?.Length ?? 0) + EntryCharge;
        byte[] key = entry.Key.ToArray();
        if (!_entries.TryGetValue(key, out StockVersion? existing) || entry.Sequence >= existing.Sequence)
        {
            _entries[key] = new StockVersion(key, value, entry.Sequence);
        }
    }
}
