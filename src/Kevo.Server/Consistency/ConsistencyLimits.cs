namespace Kevo.Server.Consistency;

/// <summary>Limits on how fresh reads must be and how long they may wait to become so.</summary>
public sealed record ConsistencyLimits
{
    /// <summary>
    /// Refuse reads when the replica is further behind than this, or cannot tell; null (default) never refuses.
    /// </summary>
    public TimeSpan? MaxStaleness { get; init; }

    /// <summary>Longest wait for <c>kevo-min-sequence</c> when the client set no deadline (default 60 s).</summary>
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Most calls waiting for a position at once (default 10 000).</summary>
    public int MaxWaiting { get; init; } = 10_000;
}
