using System.Globalization;

namespace Kevo.Storage.Kevo;

/// <summary>The names of stock's WAL files.</summary>
public static class StockWalFiles
{
    /// <summary>What every WAL file name ends with.</summary>
    public const string Extension = ".wal";

    /// <summary>How the directories begin into which stock moves WAL files that it gave up on.</summary>
    public const string BackupPrefix = "backup_";

    /// <summary>The name stock gives a file created at a moment: Unix nanoseconds in 20 digits.</summary>
    public static string Name(ulong unixNanoseconds) =>
        string.Create(CultureInfo.InvariantCulture, $"{unixNanoseconds:D20}{Extension}");

    /// <summary>Whether stock takes a file of this name (without directory) for a WAL file.</summary>
    public static bool IsWalName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.EndsWith(Extension, StringComparison.Ordinal);
    }
}
