namespace Kevo.Core;

/// <summary>
/// Admits a steady number of requests per second with bursts of one second's worth. One number holds the state: the
/// time at which the next request would be exactly on schedule. Thread-safe, lock-free.
/// </summary>
public sealed class RequestRate
{
    private readonly TimeProvider _time;
    private long _ticksPerRequest;
    private readonly long _burstTicks;
    private long _nextDue;

    /// <param name="perSecond">Requests per second; 0 admits everything.</param>
    /// <param name="time">The clock.</param>
    public RequestRate(int perSecond, TimeProvider time)
    {
        _time = time;
        PerSecond = perSecond;
        _burstTicks = time.TimestampFrequency;
        _nextDue = long.MinValue;
    }

    /// <summary>The limit; 0 admits everything. May be changed at any time.</summary>
    public int PerSecond
    {
        get;
        set
        {
            field = value;
            Volatile.Write(
                ref _ticksPerRequest, value == 0 ? 0 : Math.Max(1, _time.TimestampFrequency / value));
        }
    }

    /// <summary>Whether one more request may go ahead now.</summary>
    public bool TryAdmit()
    {
        long ticksPerRequest = Volatile.Read(ref _ticksPerRequest);
        if (ticksPerRequest == 0)
        {
            return true;
        }

        long now = _time.GetTimestamp();
        long due = Volatile.Read(ref _nextDue);
        while (true)
        {
            long from = Math.Max(due, now - _burstTicks);
            long next = from + ticksPerRequest;
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
