namespace Kevo.Relay;

/// <summary>
/// Time that goes on evenly, whatever the time of day is set to: for ages and pauses. Starts at zero. Thread-safe.
/// </summary>
/// <param name="time">Where its pace comes from.</param>
internal sealed class SteadyClock(TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    /// <summary>Time since it was made.</summary>
    public TimeSpan Now => time.GetElapsedTime(_origin);
}
