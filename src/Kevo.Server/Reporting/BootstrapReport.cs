namespace Kevo.Server.Reporting;

/// <summary>
/// A snapshot of the primary that is needed or under way: a bootstrap, a repair, a resynchronisation.
/// </summary>
public sealed record BootstrapReport
{
    /// <summary>When it was first seen to be needed.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Why it is needed, in words.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Keys fetched so far.</summary>
    public long Keys { get; init; }

    /// <summary>Bytes of keys and values fetched so far.</summary>
    public long Bytes { get; init; }

    /// <summary>Keys fetched per second so far; null before there is one, and between two walks.</summary>
    public double? KeysPerSecond { get; init; }

    /// <summary>Done so far, from 0 to 1; null when the total is not known.</summary>
    public double? Fraction { get; init; }
}
