using System.Globalization;

namespace Kevo.Storage.Log;

/// <summary>Names of the files in a log directory.</summary>
internal static class LogFiles
{
    /// <summary>Ends the name of a published segment.</summary>
    internal const string SegmentSuffix = ".seg";

    /// <summary>Ends the name of a segment being made; worthless after a crash.</summary>
    internal const string TemporarySuffix = ".tmp";

    private const int IdDigits = 10;

    /// <summary>The name of a segment: its id with leading zeros, so that names sort as ids do.</summary>
    internal static string SegmentName(uint id) =>
        id.ToString($"D{IdDigits}", CultureInfo.InvariantCulture) + SegmentSuffix;

    /// <summary>The name of a segment being made.</summary>
    internal static string TemporaryName(int number) =>
        string.Create(CultureInfo.InvariantCulture, $"next-{number}{TemporarySuffix}");

    /// <summary>
    /// Reads the id out of a name that ends in <see cref="SegmentSuffix"/>; false when no segment is named so.
    /// </summary>
    internal static bool TryParseSegmentName(string name, out uint id)
    {
        id = 0;
        return name.Length == IdDigits + SegmentSuffix.Length
            && name.EndsWith(SegmentSuffix, StringComparison.Ordinal)
            && uint.TryParse(name.AsSpan(0, IdDigits), NumberStyles.None, CultureInfo.InvariantCulture, out id)
            && id != 0;
    }
}
