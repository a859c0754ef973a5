using System.Globalization;

namespace Kevo.Measure.Commands;

/// <summary>Numbers as arguments of a role and as text of a report.</summary>
internal static class Numbers
{
    /// <summary>
    /// Bytes that an entry of the measurements takes in the log: length, payload head, a 16-byte key, value length,
    /// value.
    /// </summary>
    public static int BytesInLog(int valueSize) => 4 + 13 + 16 + 4 + valueSize;

    /// <summary>Exact, for a child process.</summary>
    public static string Argument<T>(T number)
        where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>With thousands separated, for a reader.</summary>
    public static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
