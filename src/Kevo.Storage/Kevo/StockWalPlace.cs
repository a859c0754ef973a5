using System.Globalization;

namespace Kevo.Storage.Kevo;

/// <summary>A place in the WAL files of a stock directory: a file's name and an offset in it.</summary>
/// <param name="File">Name of the file, without directory; empty before the first one.</param>
/// <param name="Offset">Bytes from its start.</param>
public readonly record struct StockWalPlace(string File, long Offset)
{
    /// <summary>Before all files.</summary>
    public static StockWalPlace Start => new("", 0);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{File}@{Offset}");
}
