using Kevo.Core.Testing;
using Kevo.Storage.Tables;

namespace Kevo.Storage.Compaction;

/// <summary>
/// Divides a merge of runs into stretches: where tables of several runs overlap their entries are merged, a table that
/// overlaps no other is kept unread. So appending in key order costs no merging at all.
/// </summary>
internal static class MergePlan
{
    /// <summary>The parts of the merged run in key order.</summary>
    /// <param name="newestFirst">The runs to merge, neighbours in age.</param>
    /// <param name="dropTombstones">True when nothing older exists; tables with tombstones are then rewritten.</param>
    /// <param name="smallTableBytes">
    /// Tables below this size are merged with a lone neighbour, so that they do not pile up.
    /// </param>
    public static List<RewritePart> Build(
        IReadOnlyList<SortedRun> newestFirst, bool dropTombstones, long smallTableBytes)
    {
        List<(StoredTable Table, int Run)> tables = [];
        for (int run = 0; run < newestFirst.Count; run++)
        {
            foreach (StoredTable table in newestFirst[run].Tables)
            {
                tables.Add((table, run));
            }
        }

        tables.Sort(static (left, right) => left.Table.Description.SmallestKey.Span.SequenceCompareTo(
            right.Table.Description.SmallestKey.Span));

        List<RewritePart> parts = [];
        List<(StoredTable Table, int Run)> group = [];
        ReadOnlyMemory<byte> end = default;
        foreach ((StoredTable Table, int Run) next in tables)
        {
            bool overlaps = group.Count > 0 && next.Table.Description.SmallestKey.Span.SequenceCompareTo(end.Span) <= 0;
            bool bothSmall = group.Count > 0 && next.Table.FileBytes < smallTableBytes
                && group[^1].Table.FileBytes < smallTableBytes;
            if (group.Count > 0 && !overlaps && !bothSmall)
            {
                parts.Add(PartOf(group, newestFirst.Count, dropTombstones));
                group = [];
                end = default;
            }

            group.Add(next);
            ReadOnlyMemory<byte> largest = next.Table.Description.LargestKey;
            end = end.IsEmpty || largest.Span.SequenceCompareTo(end.Span) > 0 ? largest : end;
        }

        if (group.Count > 0)
        {
            parts.Add(PartOf(group, newestFirst.Count, dropTombstones));
        }

        return parts;
    }

    private static RewritePart PartOf(List<(StoredTable Table, int Run)> group, int runs, bool dropTombstones)
    {
        if (group.Count == 1 && !(dropTombstones && group[0].Table.Description.TombstoneCount > 0))
        {
            return new RewritePart { Keep = group[0].Table };
        }

        // Within a run the tables keep their key order; the runs stay newest first.
        List<StoredTable[]> sources = [];
        for (int run = 0; run < runs; run++)
        {
            StoredTable[] own = [.. group.Where(member => member.Run == run).Select(member => member.Table)];
            if (own.Length > 0)
            {
                sources.Add(own);
            }
        }

        if (PlantedBugs.Has(PlantedBug.MergeKeepsOldest))
        {
            sources.Reverse();
        }

        return new RewritePart
        {
            Open = () => sources.Count == 1
                ? new RunCursor(sources[0], releaseBehind: true)
                : new MergingCursor([.. sources.Select(tables => new RunCursor(tables, releaseBehind: true))]),
        };
    }
}
