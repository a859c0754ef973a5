using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// Tables of one age whose key ranges do not overlap, in key order: one sorted sequence with at most one entry per key.
/// Immutable.
/// </summary>
internal sealed class SortedRun
{
    /// <param name="tables">The tables in key order, at least one.</param>
    /// <param name="newKeys">See <see cref="NewKeys"/>.</param>
    public SortedRun(StoredTable[] tables, long newKeys)
    {
        Tables = tables;
        NewKeys = newKeys;
        foreach (StoredTable table in tables)
        {
            FileBytes += table.FileBytes;
            DataBytes += table.Description.DataBytes;
            EntryCount += table.Description.EntryCount;
            TombstoneCount += table.Description.TombstoneCount;
        }
    }

    public StoredTable[] Tables { get; }

    /// <summary>
    /// An estimate of how many live keys this run adds to those below it: new keys less deleted ones. Exact for the
    /// oldest run.
    /// </summary>
    public long NewKeys { get; }

    public long FileBytes { get; }

    public long DataBytes { get; }

    public long EntryCount { get; }

    public long TombstoneCount { get; }

    /// <summary>The table whose range includes the key; null when none does.</summary>
    public StoredTable? Find(ReadOnlySpan<byte> key)
    {
        int at = TableOrder.FirstEndingAtOrAfter(Tables, key);
        return at < Tables.Length && Tables[at].Description.SmallestKey.Span.SequenceCompareTo(key) <= 0
            ? Tables[at]
            : null;
    }

    /// <summary>Looks a key up; <paramref name="hash"/> is its <see cref="TableFilter.Hash"/>.</summary>
    public TableLookup Get(ReadOnlySpan<byte> key, ulong hash, out ReadOnlySpan<byte> value)
    {
        if (Find(key) is { } table)
        {
            return table.Get(key, hash, out value);
        }

        value = default;
        return TableLookup.Absent;
    }

    /// <summary>Whether some table of the run may hold the key.</summary>
    public bool MayContain(ReadOnlySpan<byte> key, ulong hash) => Find(key) is { } table && table.MayContain(hash);
}
