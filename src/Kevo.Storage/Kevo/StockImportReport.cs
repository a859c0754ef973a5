namespace Kevo.Storage.Kevo;

/// <summary>What an import took over and what it had to leave out.</summary>
public sealed record StockImportReport
{
    /// <summary>Tables that were read as the base, oldest first.</summary>
    public required IReadOnlyList<string> Tables { get; init; }

    /// <summary>WAL files that were read, in order of history, backups included.</summary>
    public required IReadOnlyList<StockWalFile> WalFiles { get; init; }

    /// <summary>Entries handed over from tables.</summary>
    public required long TableEntries { get; init; }

    /// <summary>Entries handed over from WAL files.</summary>
    public required long WalEntries { get; init; }

    /// <summary>The number of the last transaction; one below the first when there was none.</summary>
    public required ulong LastSequence { get; init; }

    /// <summary>Entries of the reserved merge kind, which stock ignores and so does the import.</summary>
    public required long MergesIgnored { get; init; }

    /// <summary>
    /// One sentence for each damaged range, table, block or entry that was left out; at most the first 10 000.
    /// </summary>
    public required IReadOnlyList<string> LeftOut { get; init; }

    /// <summary>How many were left out, listed or not.</summary>
    public required long LeftOutCount { get; init; }
}
