namespace Kevo.Replica.Logging;

/// <summary>How a log line looks.</summary>
internal interface ILogForm
{
    /// <summary>The line, without its end.</summary>
    string Format(in LogRecord record);
}
