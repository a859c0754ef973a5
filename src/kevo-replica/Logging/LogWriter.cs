using Kevo.Replica.Configuration;
using Kevo.Replica.Terminal;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Logging;

/// <summary>
/// Writes the log: one line per record, whole lines only, in the order of the calls. Thread-safe. Informational and
/// more important lines are limited per event (<see cref="RepeatLimiter"/>); errors never are.
/// </summary>
internal sealed class LogWriter : ILoggerProvider
{
    private readonly Lock _gate = new();
    private readonly TextWriter _writer;
    private readonly ILogForm _form;
    private readonly TimeProvider _time;
    private readonly RepeatLimiter _limiter;

    /// <summary>Writes to <paramref name="writer"/>, which stays the caller's.</summary>
    public LogWriter(TextWriter writer, ILogForm form, LogLevel level, TimeProvider time)
    {
        _writer = writer;
        _form = form;
        _time = time;
        _limiter = new RepeatLimiter(time);
        Level = level;
    }

    /// <summary>The least important level still written. May change at any time.</summary>
    public LogLevel Level { get; set; }

    /// <summary>The log as the settings ask for it, on standard error.</summary>
    public static LogWriter For(EffectiveSettings settings, Output output, TimeProvider time)
    {
        string form = settings.Get(OutputSettings.LogFormat);
        bool text = form == "text" || (form == "auto" && output.ErrorIsTerminal);
        return new LogWriter(
            output.Error, text ? new TextLogForm(output.ErrorColours) : new JsonLogForm(), LevelOf(settings), time);
    }

    /// <summary>The level the settings ask for.</summary>
    public static LogLevel LevelOf(EffectiveSettings settings) =>
        Enum.Parse<LogLevel>(settings.Get(OutputSettings.LogLevel), ignoreCase: true);

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new CategoryLogger(this, categoryName);

    /// <summary>Writes one record, unless its event has been too frequent.</summary>
    public void Write(LogRecord record)
    {
        lock (_gate)
        {
            record = record with { Time = _time.GetUtcNow() };
            long suppressed = 0;
            if (record.Level < LogLevel.Error && !_limiter.Allow(record, out suppressed))
            {
                return;
            }

            WriteOverdue(all: false);
            _writer.WriteLine(_form.Format(record with { Suppressed = suppressed }));
            _writer.Flush();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            WriteOverdue(all: true);
            _writer.Flush();
        }
    }

    // A burst that has ended is told with its count when the next line is written, whichever it is, or at the end.
    private void WriteOverdue(bool all)
    {
        while (_limiter.TryTakeOverdue(all, out LogRecord? last))
        {
            _writer.WriteLine(_form.Format(last.Value));
        }
    }
}
