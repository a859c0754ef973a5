using System.Globalization;

namespace Kevo.Storage.Tables;

/// <summary>
/// The names of our table files. They begin with a byte below '0' and do not fit stock's own pattern, so that stock
/// serves them, lets everything it writes itself take precedence, and never compacts or deletes them.
/// </summary>
public static class TableFiles
{
    /// <summary>The last extension of a table; stock opens exactly the files that end so.</summary>
    public const string TableExtension = ".sst";

    /// <summary>The extension of the filter beside a table. Stock ignores such files.</summary>
    public const string FilterExtension = ".filter";

    /// <summary>
    /// Put behind the name of a file that is not complete yet; such files are left-overs after a crash.
    /// </summary>
    public const string TemporaryExtension = ".tmp";

    private const string Prefix = "-base-";

    /// <summary><c>-base-NNNNNN.sst</c>, at least six digits.</summary>
    public static string TableName(ulong number) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{number:D6}{TableExtension}");

    /// <summary>The filter's path or name for a table's path or name.</summary>
    public static string FilterFor(string table) =>
        table.EndsWith(TableExtension, StringComparison.Ordinal)
            ? string.Concat(table.AsSpan(0, table.Length - TableExtension.Length), FilterExtension)
            : table + FilterExtension;

    /// <summary>Reads the number out of a name that <see cref="TableName"/> made (without directory).</summary>
    public static bool TryParseTableName(string name, out ulong number)
    {
        number = 0;
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)
            || !name.EndsWith(TableExtension, StringComparison.Ordinal)
            || name.Length < Prefix.Length + TableExtension.Length)
        {
            return false;
        }

        ReadOnlySpan<char> digits = name.AsSpan(Prefix.Length, name.Length - Prefix.Length - TableExtension.Length);
        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && string.Equals(TableName(number), name, StringComparison.Ordinal);
    }
}
