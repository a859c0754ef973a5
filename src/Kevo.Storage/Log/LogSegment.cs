using Kevo.Core;

namespace Kevo.Storage.Log;

/// <summary>One segment of a log as those who decide on deletion see it.</summary>
/// <param name="First">The position its first transaction has, or will have.</param>
/// <param name="Last">The last durable position in it; one below <paramref name="First"/> while it has none.</param>
/// <param name="Bytes">Bytes of its file.</param>
public readonly record struct LogSegment(LogPosition First, LogPosition Last, long Bytes)
{
    /// <summary>
    /// Where the newest segments begin that together have at most so many bytes; the one written always counts.
    /// </summary>
    /// <param name="segments">The segments of a log, oldest first.</param>
    /// <param name="bytes">Bytes of files.</param>
    public static LogPosition StartOfLast(IReadOnlyList<LogSegment> segments, long bytes)
    {
        ArgumentNullException.ThrowIfNull(segments);
        LogPosition start = LogPosition.None;
        long total = 0;
        for (int i = segments.Count - 1; i >= 0; i--)
        {
            total += segments[i].Bytes;
            if (total > bytes && i < segments.Count - 1)
            {
                break;
            }

            start = segments[i].First;
        }

        return start;
    }
}
