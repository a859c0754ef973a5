namespace Kevo.Replication.Follow;

/// <summary>
/// How long to wait before the next attempt: the base delay, multiplied after every failure, never above the cap, reset
/// by success. Each delay is shortened by a random part of up to a fifth, so that replicas that lost the same primary
/// do not all come back at once. Used by the loop only.
/// </summary>
public sealed class Backoff
{
    /// <summary>The largest part of a delay that jitter takes away.</summary>
    public const double JitterShare = 0.2;

    private readonly TimeSpan _baseDelay;
    private readonly TimeSpan _maxDelay;
    private readonly double _multiplier;
    private readonly Random _random;
    private double _nextSeconds;

    /// <summary>Takes the retry settings; <paramref name="random"/> is used by this object alone.</summary>
    public Backoff(ReplicaOptions options, Random random)
    {
        _baseDelay = options.RetryBaseDelay;
        _maxDelay = options.RetryMaxDelay;
        _multiplier = options.RetryMultiplier;
        _random = random;
        _nextSeconds = _baseDelay.TotalSeconds;
    }

    /// <summary>Failures since the last <see cref="Reset"/>.</summary>
    public int Failures { get; private set; }

    /// <summary>
    /// Counts one failure and returns the delay that follows it: at most the cap, at least 80 % of the plain delay.
    /// </summary>
    public TimeSpan NextDelay()
    {
        Failures++;
        double seconds = Math.Min(_nextSeconds, _maxDelay.TotalSeconds);
        _nextSeconds = Math.Min(seconds * _multiplier, _maxDelay.TotalSeconds);
        return TimeSpan.FromSeconds(seconds * (1.0 - (JitterShare * _random.NextDouble())));
    }

    /// <summary>Success: the next failure starts at the base delay again.</summary>
    public void Reset()
    {
        Failures = 0;
        _nextSeconds = _baseDelay.TotalSeconds;
    }
}
