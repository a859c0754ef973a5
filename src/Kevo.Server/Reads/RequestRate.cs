namespace Kevo.Server.Reads;

/// <summary>
/// Admits a steady number of requests per second with bursts of one second's worth. One number holds the state: the
/// time at which the next request would be exactly on schedule. Thread-safe, lock-free.
/// </summary>
internal sealed class RequestRate
{
    private readonly TimeProvider _time;
    private readonly long _ticksPerRequest;
    private readonly long _burstTicks;
    private long _nextDue;

    /// <param name="perSecond">Requests per second; 0 admits everything.</param>
    /// <param name="time">The clock.</param>
    public RequestRate(int perSecond, TimeProvider time)
    {
        PerSecond = perSecond;
        _time = time;
        _ticksPerRequest = perSecond == 0 ? 0 : Math.Max(1, time.TimestampFrequency / perSecond);
        _burstTicks = time.TimestampFrequency;
        _nextDue = long.MinValue;
    }

    /// <summary>The limit.</summary>
    public int PerSecond { get; }

    /// <summary>Whether one more request may go ahead now.</summary>
    public bool TryAdmit()
    {
        if (_ticksPerRequest == 0)
        {
            return true;
        }

        long now = _time.GetTimestamp();
        long due = Volatile.Read(ref _nextDue);
        while (true)
        {
            long from = Math.Max(due, now - _burstTicks);
            long next = from + _ticksPerRequest;
            if (next > now)
            {
                return false;
            }

            long before = Interlocked.CompareExchange(ref _nextDue, next, due);
            if (before == due)
            {
                return true;
            }

            due = before;
        }
    }
}
