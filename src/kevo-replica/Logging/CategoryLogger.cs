using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Logging;

/// <summary>The logger of one category; hands records to the <see cref="LogWriter"/>. Thread-safe.</summary>
internal sealed class CategoryLogger(LogWriter writer, string category) : ILogger
{
    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None && logLevel >= writer.Level;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
        {
            return;
        }

        writer.Write(new LogRecord
        {
            Time = default,
            Level = logLevel,
            Event = eventId,
            Category = category,
            Message = formatter(state, exception),
            Values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [],
            Error = exception,
        });
    }
}
