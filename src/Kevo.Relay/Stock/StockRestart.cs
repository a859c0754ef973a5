namespace Kevo.Relay.Stock;

/// <summary>How the simulated primary comes back.</summary>
public sealed record StockRestart
{
    /// <summary>Entries at the end of the current log file that never reached the disk.</summary>
    public int LostEntries { get; init; }

    /// <summary>
    /// Whether the whole log is set aside, as an over-full or torn one is, so that numbers begin at 1.
    /// </summary>
    public bool LogSetAside { get; init; }
}
