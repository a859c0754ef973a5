namespace Kevo.Server.Metrics;

/// <summary>
/// A report that many instruments read in one go: made anew only when the last is older than a limit.
/// </summary>
internal sealed class Cached<T>(Func<T> make, TimeSpan maxAge, TimeProvider time)
    where T : class
{
    private readonly Lock _making = new();
    private long _madeAt;
    private T? _value;

    /// <summary>The report, at most that old.</summary>
    public T Value
    {
        get
        {
            lock (_making)
            {
                long now = time.GetTimestamp();
                if (_value is null || time.GetElapsedTime(_madeAt, now) > maxAge)
                {
                    _value = make();
                    _madeAt = now;
                }

                return _value;
            }
        }
    }
}
