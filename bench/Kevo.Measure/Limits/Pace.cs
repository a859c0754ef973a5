using System.Diagnostics;

namespace Kevo.Measure.Limits;

/// <summary>Lets a thread do something so many times a second at most; time lost is not made up for.</summary>
public sealed class Pace(double perSecond)
{
    private readonly long _step = (long)(Stopwatch.Frequency / perSecond);
    private long _due = Stopwatch.GetTimestamp();

    /// <summary>Waits until the next time is due.</summary>
    public void Take()
    {
        long now = Stopwatch.GetTimestamp();
        _due = Math.Max(_due + _step, now - _step);
        if (_due > now)
        {
            Task.Delay(Stopwatch.GetElapsedTime(now, _due), TimeProvider.System).Wait();
        }
    }
}
