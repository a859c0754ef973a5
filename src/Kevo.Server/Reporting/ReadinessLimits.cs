namespace Kevo.Server.Reporting;

/// <summary>When a node counts as ready.</summary>
public sealed record ReadinessLimits
{
    /// <summary>Most time behind the primary (default 10 s).</summary>
    public TimeSpan MaxLag { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Longest silence of the primary (default 30 s; a stock primary speaks every 10 to 20 s when idle).
    /// </summary>
    public TimeSpan MaxSilence { get; init; } = TimeSpan.FromSeconds(30);
}
