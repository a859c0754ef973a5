namespace Kevo.Storage.Store;

/// <summary>
/// How much background work the writer does itself before it accepts the next batch. Nothing while the background keeps
/// up; then a share of what the writer brings that grows with the backlog. So ingest slows down in small steps instead
/// of standing still when memory is full. Pure.
/// </summary>
internal static class Pacing
{
    // With as many runs as a healthy store has at most (docs/STORE.md), merging keeps up; beyond, the writer helps.
    private const int HealthyRuns = 16;
    private const int ManyRuns = 32;

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
