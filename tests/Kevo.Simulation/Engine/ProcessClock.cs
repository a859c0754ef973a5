namespace Kevo.Simulation.Engine;

/// <summary>
/// The virtual clock, with timers that belong to one process. Durations and timers go on evenly; the time of day is
/// what somebody set it to.
/// </summary>
internal sealed class ProcessClock(Process owner, Scheduler scheduler) : TimeProvider
{
    /// <summary>The time of day when a world begins.</summary>
    public static readonly DateTimeOffset Epoch = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far the time of day was set away from the true one.</summary>
    public TimeSpan Offset { get; set; }

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Epoch + Offset + TimeSpan.FromTicks(scheduler.Now);

    public override long GetTimestamp() => scheduler.Now;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ProcessTimer(owner, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
