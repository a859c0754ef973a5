using System.Globalization;

namespace Kevo.Platform;

/// <summary>
/// The pages of the program file that this process has mapped. Starting up touches most of a program, running it a
/// small part; what is given back is read again from the page cache when it is needed.
/// </summary>
public static class ProgramPages
{
    private const string Source = "/proc/self/smaps";

    /// <summary>
    /// Gives back the pages of the program that were never written. Costs a few milliseconds now and page faults later.
    /// </summary>
    /// <returns>The bytes of the mappings given back; 0 where the system does not list them.</returns>
    public static long Release()
    {
        if (Environment.ProcessPath is not string program || !File.Exists(Source))
        {
            return 0;
        }

        long released = 0;
        (nint Start, long Length)? mapping = null;
        foreach (string line in File.ReadLines(Source))
        {
            if (TryReadMapping(line, program, out nint start, out long length, out bool isHeader))
            {
                mapping = (start, length);
            }
            else if (isHeader)
            {
                mapping = null;
            }
            else if (mapping is { } found && line.StartsWith("Anonymous:", StringComparison.Ordinal))
            {
                // Only where nothing was written, not even when the program was loaded: dropped pages come back as they
                // are in the file.
                if (line.AsSpan("Anonymous:".Length).Trim().StartsWith("0 ")
                    && LibC.Advise(found.Start, (nuint)found.Length, LibC.AdviceDoNotNeed) == 0)
                {
                    released += found.Length;
                }

                mapping = null;
            }
        }

        return released;
    }

    // A mapping begins with "55e0-55f0 r-xp 00000000 fe:00 123   /path"; the lines below it with a name and a colon.
    private static bool TryReadMapping(
        string line, string program, out nint start, out long length, out bool isHeader)
    {
        start = 0;
        length = 0;
        int blank = line.IndexOf(' ', StringComparison.Ordinal);
        isHeader = blank > 0 && line[blank - 1] != ':';
        if (!isHeader || !line.EndsWith(program, StringComparison.Ordinal)
            || line.AsSpan(blank + 1, 4) is not ("r-xp" or "r--p"))
        {
            return false;
        }

        int dash = line.IndexOf('-', StringComparison.Ordinal);
        if (!long.TryParse(line.AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out long from)
            || !long.TryParse(
                line.AsSpan(dash + 1, blank - dash - 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture,
                out long to))
        {
            return false;
        }

        start = (nint)from;
        length = to - from;
        return true;
    }
}
