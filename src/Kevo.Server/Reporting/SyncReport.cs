namespace Kevo.Server.Reporting;

/// <summary>How long the last syncs took; null before the first.</summary>
public sealed record SyncReport
{
    /// <summary>Syncs since start.</summary>
    public long Count { get; init; }

    /// <summary>The median of the last ones.</summary>
    public double? MedianSeconds { get; init; }

    /// <summary>Their 99th percentile.</summary>
    public double? NinetyNinthSeconds { get; init; }

    /// <summary>The longest of them.</summary>
    public double? LongestSeconds { get; init; }
}
