namespace Kevo.Server.Reads;

/// <summary>
/// Totals of one kind of call since start. Thread-safe; each figure is exact, together they may be a call apart.
/// </summary>
internal sealed class RpcTotals(string name)
{
    private long _count;
    private long _failed;
    private long _active;
    private long _totalNanoseconds;
    private long _minNanoseconds = long.MaxValue;
    private long _maxNanoseconds;

    /// <summary>The call's name on the wire.</summary>
    public string Name { get; } = name;

    /// <summary>Calls ended, successful or not.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Calls ended with an error.</summary>
    public long Failed => Interlocked.Read(ref _failed);

    /// <summary>Calls under way.</summary>
    public long Active => Interlocked.Read(ref _active);

    /// <summary>Time spent in all of them, in nanoseconds.</summary>
    public long TotalNanoseconds => Interlocked.Read(ref _totalNanoseconds);

    /// <summary>The shortest, in nanoseconds; 0 before the first.</summary>
    public long MinNanoseconds => Count == 0 ? 0 : Interlocked.Read(ref _minNanoseconds);

    /// <summary>The longest, in nanoseconds.</summary>
    public long MaxNanoseconds => Interlocked.Read(ref _maxNanoseconds);

    /// <summary>Counts the beginning of a call.</summary>
    public void Begin() => Interlocked.Increment(ref _active);

    /// <summary>Counts the end of a call.</summary>
    public void End(TimeSpan duration, bool failed)
    {
        long nanoseconds = (long)duration.TotalNanoseconds;
        Interlocked.Decrement(ref _active);
        Interlocked.Add(ref _totalNanoseconds, nanoseconds);
        Lower(ref _minNanoseconds, nanoseconds);
        Raise(ref _maxNanoseconds, nanoseconds);
        if (failed)
        {
            Interlocked.Increment(ref _failed);
        }

        Interlocked.Increment(ref _count);
    }

    private static void Lower(ref long target, long value)
    {
        long seen = Interlocked.Read(ref target);
        while (value < seen)
        {
            long before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }

    private static void Raise(ref long target, long value)
    {
        long seen = Interlocked.Read(ref target);
        while (value > seen)
        {
            long before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen)
            {
                return;
            }

            seen = before;
        }
    }
}
