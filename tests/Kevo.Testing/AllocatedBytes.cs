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
    /// <param name="work">The work; it may go on where it ended the time before.</param>
    /// <param name="times">
    /// How often it is done in a round: more often than anything that it may allocate only now and then.
    /// </param>
    /// <param name="rounds">How many rounds are measured.</param>
    public static long LeastOf(Action work, int times = 1, int rounds = 5)
    {
        long least = long.MaxValue;
        for (int round = 0; round <= rounds; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int time = 0; time < times; time++)
            {
                work();
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            least = round == 0 ? least : Math.Min(least, allocated);
        }

        return least;
    }
}
