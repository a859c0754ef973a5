namespace Kevo.Testing;

/// <summary>What a piece of work allocates on the thread that does it.</summary>
public static class AllocatedBytes
{
    /// <summary>
    /// The fewest bytes that one of several rounds allocated on the calling thread, after one round that is not
    /// counted. Work that allocates does so in every round. A single round can be charged for what it did not do: a
    /// collection that another thread starts takes this thread's allocation buffer away and counts its unused rest, up
    /// to 8 KiB, as allocated; and it takes arrays out of the shared pools, which are then made anew.
    /// </summary>
    /// <param name="round">One round; it may go on where the one before ended.</param>
    /// <param name="rounds">How many rounds are measured.</param>
    public static long LeastOf(Action round, int rounds = 5)
    {
        round();
        long least = long.MaxValue;
        for (int each = 0; each < rounds; each++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            round();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return least;
    }
}
