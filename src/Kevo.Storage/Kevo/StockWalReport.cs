namespace Kevo.Storage.Kevo;

/// <summary>What an inspection of stock WAL files found.</summary>
/// <param name="Files">One report per file, in order of history.</param>
public sealed record StockWalReport(IReadOnlyList<StockWalFileReport> Files)
{
    /// <summary>Entries in all files.</summary>
    public long EntryCount => Files.Sum(file => file.EntryCount);

    /// <summary>Bytes that could not be read as entries.</summary>
    public long LostBytes => Files.Sum(file => file.Damage.Sum(damage => damage.Length));

    /// <summary>True when every byte of every file belongs to an entry.</summary>
    public bool IsClean => Files.All(file => file.DamageCount == 0);
}
