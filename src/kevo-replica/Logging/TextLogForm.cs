using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Logging;

/// <summary>Lines for people: time, level, event id, sentence; an error on the same line, its stack below.</summary>
internal sealed class TextLogForm(bool colours) : ILogForm
{
    private const string Reset = "\e[0m";

    /// <inheritdoc/>
    public string Format(in LogRecord record)
    {
        (string word, string colour) = record.Level switch
        {
            LogLevel.Trace => ("trace", "\e[90m"),
            LogLevel.Debug => ("debug", "\e[90m"),
            LogLevel.Information => ("info ", "\e[32m"),
            LogLevel.Warning => ("warn ", "\e[33m"),
            LogLevel.Error => ("error", "\e[31m"),
            _ => ("fatal", "\e[31;1m"),
        };
        if (colours)
        {
            word = colour + word + Reset;
        }

        string time = record.Time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        string more = record.Suppressed == 0
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $" ({record.Suppressed} more like this were left out)");
        string error = record.Error is null ? "" : $": {record.Error.GetType().Name}: {record.Error.Message}";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{time} {word} {record.Event.Id,4} {record.Message}{more}{error}").ReplaceLineEndings(" ");
    }
}
