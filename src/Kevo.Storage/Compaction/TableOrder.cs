namespace Kevo.Storage.Compaction;

/// <summary>Finding places in tables that are in key order and do not overlap.</summary>
internal static class TableOrder
{
    /// <summary>The first table, by its place, whose last key is at or after <paramref name="key"/>.</summary>
    public static int FirstEndingAtOrAfter(ReadOnlySpan<StoredTable> tables, ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = tables.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (tables[middle].Description.LargestKey.Span.SequenceCompareTo(key) < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
