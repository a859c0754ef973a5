namespace Kevo.Relay.Stock;

/// <summary>One log file of the simulated primary.</summary>
internal sealed class StockWalFile(DateTimeOffset created)
{
    private readonly List<StockEntry> _entries = [];

    /// <summary>The time in its name.</summary>
    public DateTimeOffset Created { get; set; } = created;

    public IReadOnlyList<StockEntry> Entries => _entries;

    public long Bytes { get; private set; }

    public ulong MaxSequence { get; private set; }

    public void Append(StockEntry entry)
    {
        _entries.Add(entry);
        Bytes += entry.FileBytes;
        MaxSequence = Math.Max(MaxSequence, entry.Sequence);
    }

    /// <summary>Takes the last <paramref name="count"/> entries away, as a crash before their sync does.</summary>
    public void CutTail(int count)
    {
        int keep = Math.Max(0, _entries.Count - count);
        _entries.RemoveRange(keep, _entries.Count - keep);
        Bytes = 0;
        MaxSequence = 0;
        foreach (StockEntry entry in _entries)
        {
            Bytes += entry.FileBytes;
            MaxSequence = Math.Max(MaxSequence, entry.Sequence);
        }
    }
}
