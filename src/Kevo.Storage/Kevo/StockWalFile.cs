namespace Kevo.Storage.Kevo;

/// <summary>One WAL file of a stock directory.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Name">Its name without directory; the byte order of names is the order of history.</param>
/// <param name="Backup">Name of the backup directory it lies in, null when it is in the WAL directory itself.</param>
public sealed record StockWalFile(string Path, string Name, string? Backup);
