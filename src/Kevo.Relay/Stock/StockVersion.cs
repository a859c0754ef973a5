namespace Kevo.Relay.Stock;

/// <summary>One version of a key in a memtable or table of the simulated primary.</summary>
/// <param name="Number">What decides between versions: the highest, and of equals the later one.</param>
/// <param name="Value">The value; null for a deletion.</param>
/// <param name="Replayed">Whether it came from the log at a start, not from a live write.</param>
internal readonly record struct StockVersion(ulong Number, byte[]? Value, bool Replayed);
