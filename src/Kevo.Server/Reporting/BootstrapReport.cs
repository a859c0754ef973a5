namespace Kevo.Server.Reporting;

/// <summary>A bootstrap or resynchronisation under way.</summary>
public sealed record BootstrapReport
{
    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Keys fetched so far.</summary>
    public long Keys { get; init; }

    /// <summary>Bytes of keys and values fetched so far.</summary>
    public long Bytes { get; init; }

    /// <summary>Done so far, from 0 to 1; null when the total is not known.</summary>
    public double? Fraction { get; init; }
}
