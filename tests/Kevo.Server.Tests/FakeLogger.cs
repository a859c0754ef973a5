using Microsoft.Extensions.Logging;

namespace Kevo.Server.Tests;

/// <summary>Keeps the sentences of a log.</summary>
internal sealed class FakeLogger<T> : ILogger<T>
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines => _lines;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel,
        EventId eventId,
        TState state,
        Exception? exception,
        Func<TState, Exception?, string> formatter) => _lines.Add(formatter(state, exception));
}
