namespace Kevo.Storage.Store;

/// <summary>
/// How much background work the writer does itself before it accepts the next batch, and how long it waits for a disk
/// that is busy. Nothing while both keep up; then more, the more there is behind. So ingest slows down in small steps
/// instead of standing still when memory is full. Pure.
/// </summary>
internal static class Pacing
{
    // With as many runs as a healthy store has at most (docs/STORE.md), merging keeps up; beyond, the writer helps.
    private const int HealthyRuns = 16;
    private const int ManyRuns = 32;

    // What a batch may grow to is filled in this time, half of it, while the disk stalls: in small steps, too.
    private static readonly TimeSpan Stall = TimeSpan.FromMilliseconds(560);
    private static readonly TimeSpan LongestPatience = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// How long the writer waits for a disk that is busy before it goes on with the open batch: the longer, the fuller
    /// that is and the more came in, and never for long.
    /// </summary>
    /// <param name="added">Bytes added to the open batch since the last time.</param>
    /// <param name="open">Bytes in the open batch.</param>
    /// <param name="limit">What it may grow to.</param>
    public static TimeSpan PatienceFor(long added, long open, long limit)
    {
        TimeSpan patience = Stall * ((double)added / limit * open / limit);
        return patience < LongestPatience ? patience : LongestPatience;
    }

    /// <summary>Bytes of entries to be flushed or merged by the writer.</summary>
    /// <param name="batchBytes">Bytes of log written since the last time.</param>
    /// <param name="pendingFlushes">Memtables waiting to be flushed.</param>
    /// <param name="runs">Runs of tables.</param>
    public static long WorkFor(long batchBytes, int pendingFlushes, int runs)
    {
        long share = pendingFlushes switch
        {
            0 or 1 => 0,
            2 => 1,

            // While one more memtable fills, three get flushed: the limit is never reached by pace alone.
            _ => 3,
        };
        if (runs > HealthyRuns)
        {
            share += runs > ManyRuns ? 8 : 2;
        }

        return share * batchBytes;
    }
}
