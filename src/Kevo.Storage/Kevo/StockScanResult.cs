namespace Kevo.Storage.Kevo;

/// <summary>What <see cref="StockEntryScanner"/> found at an offset.</summary>
internal enum StockScanResult
{
    /// <summary>A whole entry.</summary>
    Entry,

    /// <summary>The end of the file.</summary>
    End,

    /// <summary>The beginning of an entry, cut off by the end of the file.</summary>
    Torn,

    /// <summary>Something that is not an entry.</summary>
    Damaged,
}
