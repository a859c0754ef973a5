namespace Kevo.Server.Reads;

/// <summary>Limits on transactions; the times are those of stock Kevo.</summary>
public sealed record TransactionLimits
{
    /// <summary>Most transactions open at once (default 1 000; stock has no limit).</summary>
    public int MaxOpen { get; init; } = 1000;

    /// <summary>A transaction not used for this long is rolled back (default 30 s).</summary>
    public TimeSpan Idle { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest life of a read-only transaction (default 180 s).</summary>
    public TimeSpan ReadLife { get; init; } = TimeSpan.FromSeconds(180);

    /// <summary>Longest life of a read-write transaction passed on to the primary (default 60 s).</summary>
    public TimeSpan WriteLife { get; init; } = TimeSpan.FromSeconds(60);
}
