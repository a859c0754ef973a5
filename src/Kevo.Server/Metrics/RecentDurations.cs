namespace Kevo.Server.Metrics;

/// <summary>The last few durations of something, for percentiles that follow the present. Thread-safe.</summary>
public sealed class RecentDurations
{
    private readonly Lock _access = new();
    private readonly long[] _ticks;
    private long _count;

    /// <param name="capacity">How many are kept.</param>
    public RecentDurations(int capacity) => _ticks = new long[capacity];

    /// <summary>How many were added since the start.</summary>
    public long Count
    {
        get
        {
            lock (_access)
            {
                return _count;
            }
        }
    }

    /// <summary>Adds one, forgetting the oldest.</summary>
    public void Add(TimeSpan duration)
    {
        lock (_access)
        {
            _ticks[_count++ % _ticks.Length] = duration.Ticks;
        }
    }

    /// <summary>Percentiles of those kept, in the order asked for; empty when there are none.</summary>
    /// <param name="fractions">Each from 0 to 1.</param>
    public TimeSpan[] Percentiles(params ReadOnlySpan<double> fractions)
    {
        long[] sorted;
        lock (_access)
        {
            sorted = _ticks[..(int)Math.Min(_count, _ticks.Length)];
        }

        if (sorted.Length == 0)
        {
            return [];
        }

        Array.Sort(sorted);
        TimeSpan[] percentiles = new TimeSpan[fractions.Length];
        for (int each = 0; each < fractions.Length; each++)
        {
            int rank = (int)Math.Ceiling(fractions[each] * sorted.Length) - 1;
            percentiles[each] = TimeSpan.FromTicks(sorted[Math.Clamp(rank, 0, sorted.Length - 1)]);
        }

        return percentiles;
    }
}
