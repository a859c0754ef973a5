namespace Kevo.Storage.Kevo;

/// <summary>What is wrong with a range of a stock WAL file.</summary>
public enum StockDamageKind
{
    /// <summary>The file ends within a record or a fragmented entry: a write that was cut off.</summary>
    TornTail,

    /// <summary>The rest of the file is zeros.</summary>
    ZeroTail,

    /// <summary>A payload fails its checksum, or its length field is damaged.</summary>
    Checksum,

    /// <summary>A record type that does not exist.</summary>
    UnknownType,

    /// <summary>A record with the right checksum whose payload is no entry.</summary>
    NoEntry,

    /// <summary>The first part of an entry is not followed by the rest.</summary>
    UnfinishedEntry,

    /// <summary>A later part of an entry without its beginning.</summary>
    StrayFragment,

    /// <summary>A whole entry in a record that calls itself a first part; the entry was recovered.</summary>
    WrongType,
}
