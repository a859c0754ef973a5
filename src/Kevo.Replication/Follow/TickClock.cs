namespace Kevo.Replication.Follow;

/// <summary>
/// Guesses when a stock primary's sender ticks, from when its messages arrive. An acknowledgement that meets a tick can
/// freeze the primary for good, so they are sent only 20 to 70 ms after one was due. Used by the loop only.
/// </summary>
public sealed class TickClock(TimeProvider time)
{
    /// <summary>Time between two ticks.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Quiet time after a tick before an acknowledgement may leave.</summary>
    public static readonly TimeSpan QuietAfter = TimeSpan.FromMilliseconds(20);

    /// <summary>After this much time since the last tick it is too close to the next.</summary>
    public static readonly TimeSpan LatestAfter = TimeSpan.FromMilliseconds(70);

    private long _reference = time.GetTimestamp();

    /// <summary>
    /// A message that the ticker sent arrived then (timestamp of the time provider), or the stream was opened.
    /// </summary>
    public void Observe(long arrivedAt) => _reference = arrivedAt;

    /// <summary>How long an acknowledgement has to wait; zero when it may leave now.</summary>
    public TimeSpan DelayUntilQuiet()
    {
        TimeSpan since = time.GetElapsedTime(_reference);
        TimeSpan phase = new(since.Ticks % Period.Ticks);
        if (phase < QuietAfter)
        {
            return QuietAfter - phase;
        }

        return phase <= LatestAfter ? TimeSpan.Zero : Period - phase + QuietAfter;
    }
}
