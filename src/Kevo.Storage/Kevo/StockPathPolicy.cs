namespace Kevo.Storage.Kevo;

/// <summary>What to do with the places that a stock manifest names.</summary>
public enum StockPathPolicy
{
    /// <summary>
    /// Use them, but refuse any outside the directory that was given: they belong to another database.
    /// </summary>
    RequireInside,

    /// <summary>
    /// Use <c>wal</c> and <c>sst</c> of the given directory, whatever the manifest says: it was moved or copied.
    /// </summary>
    UseDirectory,
}
