namespace Kevo.Testing;

/// <summary>
/// Another clock whose time of day can be set, as an operator or a time service does: durations, timestamps and timers
/// go on as before.
/// </summary>
/// <param name="inner">The clock that goes on.</param>
public sealed class SettableClock(TimeProvider inner) : TimeProvider
{
    /// <summary>How far the time of day is away from the inner clock's.</summary>
    public TimeSpan Offset { get; set; }

    /// <inheritdoc/>
    public override long TimestampFrequency => inner.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => inner.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => inner.GetUtcNow() + Offset;

    /// <inheritdoc/>
    public override long GetTimestamp() => inner.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        inner.CreateTimer(callback, state, dueTime, period);
}
