namespace Kevo.Replica.Logging;

/// <summary>
/// Lets a burst of lines of one event through, then leaves the rest of the window out and counts them, so that a peer
/// that misbehaves a thousand times a second cannot fill the disk. Memory is one entry per event id. Not thread-safe.
/// </summary>
internal sealed class RepeatLimiter(TimeProvider time)
{
    /// <summary>Lines of one event allowed in a window.</summary>
    public const int Burst = 20;

    /// <summary>The length of a window.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    private readonly Dictionary<int, Entry> _events = [];

    /// <summary>Whether a line of the event may be written now.</summary>
    /// <param name="eventId">The event.</param>
    /// <param name="suppressed">Lines left out since the last one written; the line should say so.</param>
    public bool Allow(int eventId, out long suppressed)
    {
        long now = time.GetTimestamp();
        Entry entry = _events.GetValueOrDefault(eventId);
        if (entry.Written == 0 || time.GetElapsedTime(entry.Start, now) >= Window)
        {
            suppressed = entry.Suppressed;
            _events[eventId] = new Entry(now, 1, 0);
            return true;
        }

        suppressed = 0;
        bool allowed = entry.Written < Burst;
        _events[eventId] = allowed
            ? entry with { Written = entry.Written + 1 }
            : entry with { Suppressed = entry.Suppressed + 1 };
        return allowed;
    }

    private readonly record struct Entry(long Start, int Written, long Suppressed);
}
