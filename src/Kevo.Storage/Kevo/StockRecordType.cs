namespace Kevo.Storage.Kevo;

/// <summary>The type byte of a record in a stock WAL file.</summary>
public enum StockRecordType : byte
{
    /// <summary>Zero bytes, or damage; no writer uses it.</summary>
    None = 0,

    /// <summary>A whole entry.</summary>
    Full = 1,

    /// <summary>The beginning of an entry that continues in the records behind it.</summary>
    First = 2,

    /// <summary>A further part of an entry.</summary>
    Middle = 3,

    /// <summary>The end of an entry.</summary>
    Last = 4,
}
