using System.Globalization;

namespace Kevo.Measure.Commands;

/// <summary>Numbers as arguments of a role and as text of a report.</summary>
internal static class Numbers
{
    /// <summary>Exact, for a child process.</summary>
    public static string Argument<T>(T number)
        where T : IFormattable => number.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>With thousands separated, for a reader.</summary>
    public static string Text(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
