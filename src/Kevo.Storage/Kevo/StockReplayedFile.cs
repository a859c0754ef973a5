namespace Kevo.Storage.Kevo;

/// <summary>What stock's replay makes of one WAL file.</summary>
/// <param name="Name">Name of the file.</param>
/// <param name="Processed">Entries handed over.</param>
/// <param name="Skipped">Times that it skipped something; each skip throws away 32768 further bytes.</param>
/// <param name="Outcome">How it ended.</param>
public sealed record StockReplayedFile(string Name, long Processed, long Skipped, StockReplayOutcome Outcome);
