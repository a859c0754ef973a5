using System.Diagnostics.CodeAnalysis;

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
    private int _withSuppressed;

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="record">The line.</param>
    /// <param name="suppressed">Lines of its event left out since the last one written; the line should say so.</param>
    public bool Allow(in LogRecord record, out long suppressed)
    {
        long now = time.GetTimestamp();
        Entry entry = _events.GetValueOrDefault(record.Event.Id);
        suppressed = 0;
        if (entry.Written == 0 || time.GetElapsedTime(entry.Start, now) >= Window)
        {
            suppressed = entry.Suppressed;
            _withSuppressed -= suppressed > 0 ? 1 : 0;
            _events[record.Event.Id] = new Entry(now, 1, 0, default);
            return true;
        }

        if (entry.Written < Burst)
        {
            _events[record.Event.Id] = entry with { Written = entry.Written + 1 };
            return true;
        }

        _withSuppressed += entry.Suppressed == 0 ? 1 : 0;
        _events[record.Event.Id] = entry with { Suppressed = entry.Suppressed + 1, Last = record };
        return false;
    }

    /// <summary>
    /// Takes the last line that was left out of an event that has been quiet since, so that the count is told although
    /// no further line of that event comes.
    /// </summary>
    /// <param name="all">Also of windows that have not ended yet.</param>
    /// <param name="record">The line, with the number of those left out before it.</param>
    public bool TryTakeOverdue(bool all, [NotNullWhen(true)] out LogRecord? record)
    {
        record = null;
        if (_withSuppressed == 0)
        {
            return false;
        }

        long now = time.GetTimestamp();
        foreach ((int id, Entry entry) in _events)
        {
            if (entry.Suppressed > 0 && (all || time.GetElapsedTime(entry.Start, now) >= Window))
            {
                _withSuppressed--;
                record = entry.Last with { Suppressed = entry.Suppressed - 1 };
                _events[id] = default;
                return true;
            }
        }

        return false;
    }

    private readonly record struct Entry(long Start, int Written, long Suppressed, LogRecord Last);
}
