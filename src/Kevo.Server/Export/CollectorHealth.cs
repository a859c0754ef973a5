using Microsoft.Extensions.Logging;
using OpenTelemetry;

namespace Kevo.Server.Export;

/// <summary>
/// Says when a collector begins to refuse what is sent to it, or cannot be reached, and when it takes it again: one
/// line for each change, none for each attempt. One exporter has it, and sends one thing at a time.
/// </summary>
internal sealed partial class CollectorHealth(ILogger logger, string what, Uri endpoint)
{
    private bool _failing;

    /// <summary>Notes how an attempt ended, and hands it on.</summary>
    public ExportResult Note(ExportResult result)
    {
        bool failed = result == ExportResult.Failure;
        if (failed != _failing)
        {
            _failing = failed;
            if (failed)
            {
                Refused(logger, endpoint, what);
            }
            else
            {
                Taken(logger, endpoint, what);
            }
        }

        return result;
    }

    [LoggerMessage(
        5040,
        LogLevel.Warning,
        "The collector at {Endpoint} cannot be reached or refuses {What}; what it does not take is lost")]
    private static partial void Refused(ILogger logger, Uri endpoint, string what);

    [LoggerMessage(5041, LogLevel.Information, "The collector at {Endpoint} takes {What} again")]
    private static partial void Taken(ILogger logger, Uri endpoint, string what);
}
