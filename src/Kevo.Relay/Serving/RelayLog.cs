using Kevo.Core;
using Microsoft.Extensions.Logging;

namespace Kevo.Relay.Serving;

/// <summary>What serving writes to the log: one line for a stream that opens, ends or is refused.</summary>
internal static partial class RelayLog
{
    [LoggerMessage(4000, LogLevel.Information, "Replica {Replica} opened stream {Session} at {Start}")]
    public static partial void StreamOpened(ILogger logger, string replica, string session, LogPosition start);

    [LoggerMessage(4001, LogLevel.Information, "Stream {Session} of replica {Replica} ended; it holds {Acknowledged}")]
    public static partial void StreamClosed(ILogger logger, string replica, string session, LogPosition acknowledged);

    [LoggerMessage(4002, LogLevel.Warning, "Refused a stream to {Peer}: {Reason}")]
    public static partial void StreamRefused(ILogger logger, string peer, string reason);

    [LoggerMessage(4003, LogLevel.Warning, "The stream to replica {Replica} broke off: {Reason}")]
    public static partial void StreamFailed(ILogger logger, string replica, string reason);

    [LoggerMessage(4004, LogLevel.Error, "Old history could not be deleted; trying again: {Reason}")]
    public static partial void RetentionFailed(ILogger logger, string reason);

    [LoggerMessage(4005, LogLevel.Warning, "Deleted history below {Position} that {Streams} open streams still needed")]
    public static partial void NeededHistoryDeleted(ILogger logger, LogPosition position, int streams);

    [LoggerMessage(4006, LogLevel.Information,
        "Remembers {Count} replicas of an earlier life, and keeps what they need from {Position} on")]
    public static partial void ReplicasRemembered(ILogger logger, int count, LogPosition position);
}
