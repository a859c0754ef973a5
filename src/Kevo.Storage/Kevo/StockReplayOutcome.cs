namespace Kevo.Storage.Kevo;

/// <summary>How stock's replay of one WAL file ends.</summary>
public enum StockReplayOutcome
{
    /// <summary>The file counts as replayed, whatever was skipped in it.</summary>
    Completed,

    /// <summary>Given up after six skips without one entry; replay goes on with the next file.</summary>
    Abandoned,

    /// <summary>Stock discards every WAL file of the directory.</summary>
    Fatal,

    /// <summary>Stock panics at this file at each start.</summary>
    Crash,
}
