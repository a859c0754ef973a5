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

    // As long as a sync takes when nothing is wrong: a batch that grew for less would only be larger than the
    // processor's cache.
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan MostPatience = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// How long the writer waits for a disk that is busy before it goes on with the open batch: the longer, the fuller
    /// that is, and never for long.
    /// </summary>
    /// <param name="openBytes">Bytes in the open batch.</param>
    /// <param name="limit">What it may grow to.</param>
    public static TimeSpan PatienceFor(long openBytes, long limit) =>
        LeastPatience + ((MostPatience - LeastPatience) * Math.Min((double)openBytes / limit, 1));

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
