namespace Kevo.Relay.Stock;

/// <summary>The log files of the simulated primary, in name order; the last one is being written.</summary>
internal sealed class StockWal(DateTimeOffset now)
{
    private readonly List<StockWalFile> _files = [new StockWalFile(now)];

    public IReadOnlyList<StockWalFile> Files => _files;

    public StockWalFile Current => _files[^1];

    public event Action<int>? Reading;

    /// <summary>Entries ever handed to a reader, over all reads.</summary>
    public long Reads { get; private set; }

    public void BeginFile(DateTimeOffset now) => _files.Add(new StockWalFile(now));

    /// <summary>
    /// The first <paramref name="cap"/> entries numbered <paramref name="from"/> or above, in file order.
    /// </summary>
    public List<StockEntry> Select(ulong from, int cap)
    {
        Reads++;
        Reading?.Invoke(_files.Sum(static file => file.Entries.Count));
        var selected = new List<StockEntry>(Math.Min(cap, 128));
        foreach (StockWalFile file in _files)
        {
            if (file.MaxSequence < from)
            {
                continue;
            }

            foreach (StockEntry entry in file.Entries)
            {
                if (entry.Sequence >= from)
                {
                    selected.Add(entry);
                    if (selected.Count == cap)
                    {
                        return selected;
                    }
                }
            }
        }

        return selected;
    }

    /// <summary>
    /// Deletes files other than the current one that are below the number or were created before the time.
    /// </summary>
    public int Prune(ulong lowestAcknowledged, DateTimeOffset oldest)
    {
        StockWalFile current = Current;
        return _files.RemoveAll(
            file => file != current && (file.MaxSequence < lowestAcknowledged || file.Created < oldest));
    }

    /// <summary>What a start does when the log is too large to be replayed: nothing in it is ever read again.</summary>
    public void SetAside(DateTimeOffset now)
    {
        _files.Clear();
        BeginFile(now);
    }

    public ulong MaxSequence()
    {
        ulong max = 0;
        foreach (StockWalFile file in _files)
        {
            max = Math.Max(max, file.MaxSequence);
        }

        return max;
    }
}
