namespace Kevo.Storage.Kevo;

/// <summary>What an inspection found in one stock WAL file.</summary>
public sealed record StockWalFileReport
{
    /// <summary>The file.</summary>
    public required StockWalFile File { get; init; }

    /// <summary>Its length in bytes.</summary>
    public required long Length { get; init; }

    /// <summary>Entries that put a value.</summary>
    public required long Puts { get; init; }

    /// <summary>Entries that delete.</summary>
    public required long Deletes { get; init; }

    /// <summary>Entries of the reserved kind that stock ignores.</summary>
    public required long Merges { get; init; }

    /// <summary>All entries.</summary>
    public long EntryCount => Puts + Deletes + Merges;

    /// <summary>Entries that take more than one record.</summary>
    public required long FragmentedEntries { get; init; }

    /// <summary>Transactions: runs of single records with one sequence, and everything else by itself.</summary>
    public required long Transactions { get; init; }

    /// <summary>The lowest sequence; 0 without entries.</summary>
    public required ulong LowestSequence { get; init; }

    /// <summary>The highest sequence; 0 without entries.</summary>
    public required ulong HighestSequence { get; init; }

    /// <summary>How often a sequence was lower than the one before it: stock had started to count again.</summary>
    public required long SequenceResets { get; init; }

    /// <summary>What could not be read, at most the first 10 000 ranges.</summary>
    public required IReadOnlyList<StockDamage> Damage { get; init; }

    /// <summary>How many ranges could not be read.</summary>
    public required long DamageCount { get; init; }
}
