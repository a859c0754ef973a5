using Kevo.Core;

namespace Kevo.Server.Reporting;

/// <summary>One error as an operator meets it.</summary>
/// <param name="At">When it happened last.</param>
/// <param name="Kind">Its kind, a name of <see cref="ErrorKind"/> in lower case.</param>
/// <param name="Message">What happened, where, and what to do.</param>
/// <param name="Count">How many times in a row.</param>
public sealed record ErrorReport(DateTimeOffset At, string Kind, string Message, long Count = 1)
{
    /// <summary>The cause in one word (<see cref="KevoException.Reason"/>), or the kind.</summary>
    public string Reason { get; init; } = Kind;

    /// <summary>An error of ours as an operator meets it.</summary>
    public static ErrorReport Of(KevoException error, DateTimeOffset at)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new ErrorReport(at, error.Kind.ToString().ToLowerInvariant(), error.Message) { Reason = error.Reason };
    }
}
