using System.Globalization;

namespace Kevo.Replica.Configuration;

/// <summary>Readers for the kinds of value settings have, and the writers that give the same text back.</summary>
internal static class SettingParsers
{
    private static readonly (string Suffix, long Ticks)[] DurationUnits =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    private static readonly (string Suffix, long Bytes)[] SizeUnits =
    [
        ("KiB", 1L << 10),
        ("MiB", 1L << 20),
        ("GiB", 1L << 30),
        ("TiB", 1L << 40),
        ("B", 1),
    ];

    /// <summary>Any text.</summary>
    public static string? Text(string text, out string value)
    {
        value = text;
        return null;
    }

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static string? Switch(string text, out bool value) =>
        bool.TryParse(text, out value) ? null : "is neither true nor false";

    /// <summary>An http or https URL, or nothing.</summary>
    public static string? Url(string text, out string value)
    {
        value = text;
        return text.Length == 0
            || (Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https")
            ? null
            : "is no http or https URL, such as http://localhost:4317";
    }

    /// <summary>An http or https URL, <c>off</c>, or nothing.</summary>
    public static string? UrlOrOff(string text, out string value)
    {
        value = text;
        return text == "off" ? null : Url(text, out value);
    }

    /// <summary>A host and a port, such as <c>localhost:50052</c> or <c>[::1]:50052</c>.</summary>
    public static string? Endpoint(string text, out HostPort? value)
    {
        value = null;
        return text.Length == 0 ? null : HostPort.TryParse(text, out value);
    }

    /// <summary>A host and a port, or <c>off</c> (null).</summary>
    public static string? EndpointOrOff(string text, out HostPort? value)
    {
        value = null;
        return text == "off" ? null : Endpoint(text, out value);
    }

    /// <summary>A whole number between the bounds, both included.</summary>
    public static SettingParser<long> Count(long lowest, long highest) => (string text, out long value) =>
        !long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value)
            ? "is not a whole number"
            : value < lowest || value > highest ? $"is outside {lowest} to {highest}" : null;

    /// <summary>Like <see cref="Count"/>, or nothing.</summary>
    public static SettingParser<long?> OptionalCount(long lowest, long highest)
    {
        SettingParser<long> count = Count(lowest, highest);
        return (string text, out long? value) =>
        {
            value = null;
            if (text.Length == 0)
            {
                return null;
            }

            string? problem = count(text, out long number);
            value = number;
            return problem;
        };
    }

    /// <summary>A number between the bounds, both included.</summary>
    public static SettingParser<double> Number(double lowest, double highest) => (string text, out double value) =>
        !double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value)
            ? "is not a number"
            : value < lowest || value > highest
                ? string.Create(CultureInfo.InvariantCulture, $"is outside {lowest} to {highest}")
                : null;

    /// <summary>One of the words.</summary>
    public static SettingParser<string> Choice(params string[] words) => (string text, out string value) =>
    {
        value = text;
        return Array.IndexOf(words, text) >= 0 ? null : $"is none of {string.Join(", ", words)}";
    };

    /// <summary>A duration such as <c>200ms</c>, <c>5s</c>, <c>1.5m</c>; never a bare number, except 0.</summary>
    public static SettingParser<TimeSpan> Duration(TimeSpan lowest, TimeSpan highest) =>
        (string text, out TimeSpan value) =>
        {
            value = default;
            if (text != "0")
            {
                if (!TryScale(text, DurationUnits, out decimal ticks) || ticks > TimeSpan.MaxValue.Ticks)
                {
                    return "is not a duration such as 200ms, 5s, 1m, 2h or 1d";
                }

                value = new TimeSpan((long)ticks);
            }

            return value < lowest || value > highest
                ? $"is outside {FormatDuration(lowest)} to {FormatDuration(highest)}"
                : null;
        };

    /// <summary>Like <see cref="Duration"/>, or nothing.</summary>
    public static SettingParser<TimeSpan?> OptionalDuration(TimeSpan lowest, TimeSpan highest)
    {
        SettingParser<TimeSpan> duration = Duration(lowest, highest);
        return (string text, out TimeSpan? value) =>
        {
            value = null;
            if (text.Length == 0)
            {
                return null;
            }

            string? problem = duration(text, out TimeSpan given);
            value = given;
            return problem;
        };
    }

    /// <summary>A size such as <c>64MiB</c>, <c>1GiB</c>, or a bare number of bytes.</summary>
    public static SettingParser<long> Size(long lowest, long highest) => (string text, out long value) =>
    {
        value = 0;
        if (!decimal.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out decimal bytes)
            && !TryScale(text, SizeUnits, out bytes))
        {
            return "is not a size such as 512B, 64KiB, 64MiB or 1GiB";
        }

        if (bytes < lowest || bytes > highest)
        {
            return $"is outside {FormatSize(lowest)} to {FormatSize(highest)}";
        }

        value = (long)bytes;
        return null;
    };

    /// <summary>The text that <see cref="Duration"/> reads back, in the largest unit that divides it.</summary>
    public static string FormatDuration(TimeSpan value)
    {
        for (int unit = DurationUnits.Length - 1; unit >= 0; unit--)
        {
            if (value.Ticks != 0 && value.Ticks % DurationUnits[unit].Ticks == 0)
            {
                long count = value.Ticks / DurationUnits[unit].Ticks;
                return string.Create(CultureInfo.InvariantCulture, $"{count}{DurationUnits[unit].Suffix}");
            }
        }

        return value == TimeSpan.Zero ? "0" : FormattableString.Invariant($"{value.TotalMilliseconds}ms");
    }

    /// <summary>The text that <see cref="Size"/> reads back, in the largest unit that divides it.</summary>
    public static string FormatSize(long bytes)
    {
        for (int unit = SizeUnits.Length - 2; unit >= 0; unit--)
        {
            if (bytes != 0 && bytes % SizeUnits[unit].Bytes == 0)
            {
                return FormattableString.Invariant($"{bytes / SizeUnits[unit].Bytes}{SizeUnits[unit].Suffix}");
            }
        }

        return FormattableString.Invariant($"{bytes}B");
    }

    private static bool TryScale(string text, (string Suffix, long Scale)[] units, out decimal value)
    {
        value = 0;
        foreach ((string suffix, long scale) in units)
        {
            if (text.EndsWith(suffix, StringComparison.Ordinal)
                && decimal.TryParse(
                    text.AsSpan(0, text.Length - suffix.Length),
                    NumberStyles.AllowDecimalPoint,
                    CultureInfo.InvariantCulture,
                    out decimal number)
                && number <= decimal.MaxValue / scale)
            {
                value = number * scale;
                return true;
            }
        }

        return false;
    }
}
