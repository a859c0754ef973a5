namespace Kevo.Server.Reporting;

/// <summary>How far behind the primary this node is, in three measures; each null when it is not known.</summary>
public sealed record LagReport
{
    /// <summary>Transactions the primary has that are not durable here.</summary>
    public ulong? Entries { get; init; }

    /// <summary>Payload bytes received but not durable here.</summary>
    public long? Bytes { get; init; }

    /// <summary>The time since this node last held everything it knew the primary to have.</summary>
    public TimeSpan? Time { get; init; }
}
