namespace Kevo.Storage.Compaction;

/// <summary>
/// Decides which neighbouring runs to merge next, from nothing but their sizes. Pure, so that its amplification can be
/// computed and tested without a disk.
/// </summary>
/// <remarks>
/// <para>
/// Runs are kept by age. Runs of about one size (within a factor of <see cref="CompactionOptions.FanIn"/>) form a tier;
/// a tier that is full is merged, with every newer run, into one run. When all newer runs together reach a share of the
/// oldest, everything is merged, and tombstones end there. Merging only neighbours from the newest on keeps runs
/// ordered by age.
/// </para>
/// <para>
/// Under uniform overwriting a byte is written once when flushed, at most once per tier, and (1 + share) / share times
/// by whole merges: below 6 for a content of up to 400 flushes at the defaults.
/// </para>
/// </remarks>
public static class CompactionPolicy
{
    // Moves tier bounds below the powers of the fan-in: the merge of a full tier, shrunk by overwritten keys, still
    // counts as the next tier. At fan-in 4 a run belongs to the next tier from 0.62 of the nominal size on.
    private const double TierRounding = 0.35;

    /// <summary>
    /// How many of the newest runs to merge, 0 when nothing needs to be done. If it is all of them, the result is the
    /// oldest run and needs no tombstones.
    /// </summary>
    /// <param name="newestFirst">Bytes of each run.</param>
    /// <param name="flushBytes">Bytes of a usual flush, the unit of the tiers; at least 1.</param>
    /// <param name="options">The policy's settings.</param>
    public static int Choose(ReadOnlySpan<long> newestFirst, long flushBytes, CompactionOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(flushBytes, 1);
        if (newestFirst.Length < options.FanIn)
        {
            return 0;
        }

        long newer = 0;
        foreach (long bytes in newestFirst[..^1])
        {
            newer += bytes;
        }

        if (newer > options.NewerShare * newestFirst[^1])
        {
            return newestFirst.Length;
        }

        int full = ChooseFullTier(newestFirst[..^1], flushBytes, options.FanIn);
        if (full == 0 && newestFirst.Length > options.MaxRuns)
        {
            full = newestFirst.Length - (options.MaxRuns / 2);
        }

        return full;
    }

    /// <summary>The runs up to the end of the highest tier that is full; everything newer goes along.</summary>
    private static int ChooseFullTier(ReadOnlySpan<long> newestFirst, long flushBytes, int fanIn)
    {
        int highest = 0;
        foreach (long bytes in newestFirst)
        {
            highest = Math.Max(highest, TierOf(bytes, flushBytes, fanIn));
        }

        for (int tier = highest; tier >= 0; tier--)
        {
            int members = 0;
            int end = 0;
            for (int i = 0; i < newestFirst.Length; i++)
            {
                int own = TierOf(newestFirst[i], flushBytes, fanIn);
                members += own == tier ? 1 : 0;
                end = own <= tier ? i + 1 : end;
            }

            if (members >= fanIn)
            {
                return end;
            }
        }

        return 0;
    }

    private static int TierOf(long bytes, long flushBytes, int fanIn) =>
        (int)(Math.Log(Math.Max((double)bytes / flushBytes, 1), fanIn) + TierRounding);
}
