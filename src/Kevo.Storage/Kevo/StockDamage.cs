using System.Globalization;

namespace Kevo.Storage.Kevo;

/// <summary>A range of a stock WAL file that could not be read as entries.</summary>
/// <param name="File">Name of the file, without directory.</param>
/// <param name="Offset">Where the range begins.</param>
/// <param name="Length">Its length in bytes; 0 when nothing was lost.</param>
/// <param name="Kind">What is wrong.</param>
public sealed record StockDamage(string File, long Offset, long Length, StockDamageKind Kind)
{
    /// <summary>One sentence for an operator.</summary>
    public override string ToString()
    {
        string what = Kind switch
        {
            StockDamageKind.TornTail => "the file ends within an entry",
            StockDamageKind.ZeroTail => "the rest of the file is zeros",
            StockDamageKind.Checksum => "a record fails its checksum",
            StockDamageKind.UnknownType => "a record has an unknown type",
            StockDamageKind.NoEntry => "a record does not hold an entry",
            StockDamageKind.UnfinishedEntry => "an entry lacks its later parts",
            StockDamageKind.StrayFragment => "part of an entry lacks its beginning",
            StockDamageKind.WrongType => "a record has the wrong type; its entry was recovered",
            _ => "unreadable",
        };
        return string.Create(CultureInfo.InvariantCulture, $"{File}: offset {Offset}, {Length} bytes: {what}");
    }
}
