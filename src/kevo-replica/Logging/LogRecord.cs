using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Logging;

/// <summary>One line of the log before it has a form.</summary>
internal readonly record struct LogRecord
{
    /// <summary>When it was written.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>How important it is.</summary>
    public required LogLevel Level { get; init; }

    /// <summary>Which event it is; unique across the product.</summary>
    public required EventId Event { get; init; }

    /// <summary>The type that wrote it.</summary>
    public required string Category { get; init; }

    /// <summary>The sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The values in the sentence, by name.</summary>
    public IReadOnlyList<KeyValuePair<string, object?>> Values { get; init; }

    /// <summary>The error it reports, if it does.</summary>
    public Exception? Error { get; init; }

    /// <summary>How many lines of the same event were left out before this one.</summary>
    public long Suppressed { get; init; }
}
