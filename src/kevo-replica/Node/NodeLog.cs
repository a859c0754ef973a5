using Kevo.Core;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>What the daemon writes to the log.</summary>
internal static partial class NodeLog
{
    /// <summary>The number of <see cref="Started"/>; tools wait for it.</summary>
    public const int StartedEvent = 6000;

    [LoggerMessage(
        6000,
        LogLevel.Information,
        "Node {Node} follows {Primary} from {Directory}, holding history up to {Position}; version {Version}")]
    public static partial void Started(
        ILogger logger, string node, string primary, string directory, LogPosition position, string version);

    [LoggerMessage(6001, LogLevel.Information, "Stopped at {Position}, acknowledged up to {Acknowledged}")]
    public static partial void Stopped(ILogger logger, LogPosition position, LogPosition acknowledged);

    [LoggerMessage(6002, LogLevel.Information, "Serving the log to replicas at {Address}")]
    public static partial void RelayListening(ILogger logger, string address);

    [LoggerMessage(
        6005,
        LogLevel.Critical,
        "The data directory cannot be used ({Kind}, {Reason}): {Message} Probes and metrics are answered for another "
        + "{Linger}, then the process exits with code {ExitCode}")]
    public static partial void CannotStart(
        ILogger logger, ErrorKind kind, string reason, string message, string linger, int exitCode);

    [LoggerMessage(6006, LogLevel.Critical, "The process exits with code {ExitCode} ({Kind}, {Reason}): {Message}")]
    public static partial void Ended(ILogger logger, int exitCode, ErrorKind kind, string reason, string message);

    [LoggerMessage(
        6007,
        LogLevel.Information,
        "Metrics are sent to {Metrics}, traces to {Traces}, of batches and client calls a share of {Ratio}")]
    public static partial void Exporting(ILogger logger, string metrics, string traces, double ratio);

    [LoggerMessage(
        6020,
        LogLevel.Warning,
        "What is held cannot be continued: {Reason} The primary's history is fetched anew; meanwhile readers see what "
        + "is held, up to {Position}")]
    public static partial void Resyncing(ILogger logger, string reason, LogPosition position);

    [LoggerMessage(
        6021,
        LogLevel.Warning,
        "The primary's history takes the place of the one held, which ended at {Position} and is set aside in "
        + "{Directory}")]
    public static partial void HistoryReplaced(ILogger logger, LogPosition position, string directory);

    [LoggerMessage(
        6003,
        LogLevel.Warning,
        "{Setting} listens on {Address} without TLS: whoever reaches it can read everything and is not checked")]
    public static partial void ListensInTheOpen(ILogger logger, string setting, string address);

    [LoggerMessage(
        6004,
        LogLevel.Critical,
        "Replication has ended for good ({Kind}, {Reason}): {Message} Reads, probes and metrics are answered for "
        + "another {Linger}, then the process exits with code {ExitCode}")]
    public static partial void EndedForGood(
        ILogger logger, ErrorKind kind, string reason, string message, string linger, int exitCode);
}
