using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Microsoft.Extensions.Logging;

namespace Kevo.Replication.Follow;

/// <summary>The log lines of a replica: one per event, none per entry.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Information, "Following {Target} from {Position}.")]
    public static partial void Starting(ILogger logger, string target, DurablePosition position);

    [LoggerMessage(3001, LogLevel.Information, "Stopped at {Durable}; acknowledged up to {Acknowledged}.")]
    public static partial void Stopped(ILogger logger, DurablePosition durable, AcknowledgedPosition acknowledged);

    [LoggerMessage(3002, LogLevel.Information, "State {From} -> {To}.")]
    public static partial void StateChanged(ILogger logger, ReplicaState from, ReplicaState to);

    [LoggerMessage(3003, LogLevel.Trace, "State {From} -> {To}.")]
    public static partial void CycleChanged(ILogger logger, ReplicaState from, ReplicaState to);

    [LoggerMessage(3004, LogLevel.Information,
        "Stream open at {Target}: mode {Mode}, session {SessionId}, relay {RelayNodeId}, from {Position}.")]
    public static partial void StreamOpened(
        ILogger logger, string target, FollowMode mode, string? sessionId, string? relayNodeId, LogPosition position);

    [LoggerMessage(3005, LogLevel.Information, "The primary at {Target} ended the stream; durable is {Position}.")]
    public static partial void StreamEnded(ILogger logger, string target, DurablePosition position);

    [LoggerMessage(3006, LogLevel.Warning,
        "Failure ({Kind}, {Reason}): {Message} Next attempt in {DelaySeconds:0.0} s; failures in a row: {Failures}.")]
    public static partial void RetryLater(
        ILogger logger, ErrorKind kind, string reason, string message, double delaySeconds, int failures);

    [LoggerMessage(3007, LogLevel.Error, "Unhealthy: {Failures} failures in a row. The node goes on trying.")]
    public static partial void Unhealthy(ILogger logger, int failures);

    [LoggerMessage(3008, LogLevel.Information, "The stream works again after {Failures} failures.")]
    public static partial void Recovered(ILogger logger, int failures);

    [LoggerMessage(3009, LogLevel.Debug, "Sequence {Missing} is missing; the primary has sent up to {Highest}.")]
    public static partial void GapNoticed(ILogger logger, ulong missing, ulong highest);

    [LoggerMessage(3010, LogLevel.Warning,
        "The entries of {Position}, the last position held, are not at hand; the primary's history is not "
        + "compared with ours.")]
    public static partial void OverlapNotAtHand(ILogger logger, LogPosition position);

    [LoggerMessage(
        3012, LogLevel.Information, "A snapshot of the primary is needed ({Reason}); readers stay at {Position}.")]
    public static partial void SnapshotNeeded(ILogger logger, SnapshotReason reason, DurablePosition position);

    [LoggerMessage(3013, LogLevel.Information,
        "Snapshot taken: {Keys} keys, {Bytes} bytes in {Seconds:0.000} s; {Changes} changes, content replaced: "
        + "{Replaced}.")]
    public static partial void SnapshotTaken(
        ILogger logger, long keys, long bytes, double seconds, int changes, bool replaced);

    [LoggerMessage(3014, LogLevel.Information,
        "A transaction between {Before} and {End} overtook the snapshot; the next one starts in {Seconds:0.0} s.")]
    public static partial void SnapshotOvertaken(ILogger logger, ulong before, ulong end, double seconds);

    [LoggerMessage(3015, LogLevel.Warning, "The primary at {Target} is {Condition}. {Detail}")]
    public static partial void ConditionChanged(
        ILogger logger, string target, PrimaryCondition condition, string detail);

    [LoggerMessage(3017, LogLevel.Information, "The primary at {Target} answers, and sends what it has.")]
    public static partial void ConditionLive(ILogger logger, string target);

    [LoggerMessage(3016, LogLevel.Information, "The primary's content was taken over: {Keys} keys at {Position}.")]
    public static partial void ContentReplaced(ILogger logger, LogPosition position, long keys);

    [LoggerMessage(3018, LogLevel.Warning,
        "The primary at {Target} is a stock primary, which sends its live writes empty unless ZSTD is offered; it is "
        + "offered that instead of what the settings say.")]
    public static partial void OfferOverruled(ILogger logger, string target);

    [LoggerMessage(3019, LogLevel.Warning,
        "Mode {Mode} reads the log of the stock primary at {Target}, which can freeze it for good while clients write; "
        + "listen cannot.")]
    public static partial void ModeCanHarm(ILogger logger, FollowMode mode, string target);

    [LoggerMessage(3020, LogLevel.Warning,
        "The acknowledgement that keeps the stock primary at {Target} from reading its log took {Milliseconds:0} ms; "
        + "it may have read it once before, and can be frozen if clients wrote at that moment.")]
    public static partial void SilencedLate(ILogger logger, string target, double milliseconds);

    [LoggerMessage(3021, LogLevel.Warning,
        "The primary at {Target} does not sync what it sends (wal_sync_mode 0 or 1): it loses its last writes when it "
        + "stops, and does not say whether a transaction came last. Walks wait for a pause, or for writes that tell.")]
    public static partial void PrimaryDoesNotCount(ILogger logger, string target);

    [LoggerMessage(3022, LogLevel.Information,
        "The relay at {Target} no longer has its beginning ({Detail}) This node holds nothing and begins with a "
        + "snapshot of {Reader}.")]
    public static partial void JoinBegins(ILogger logger, string target, string reader, string detail);

    [LoggerMessage(3023, LogLevel.Information,
        "The snapshot of {Reader} reflects {Position}, where the stream waits meanwhile; {Keys} keys are compared with "
        + "the relay's last transaction in it.")]
    public static partial void JoinWalks(ILogger logger, string reader, LogPosition position, int keys);

    [LoggerMessage(3024, LogLevel.Information,
        "The snapshot at {Position} is in place: {Keys} keys, {Bytes} bytes in {Seconds:0.000} s. The stream goes on "
        + "from there.")]
    public static partial void Joined(ILogger logger, LogPosition position, long keys, long bytes, double seconds);

    [LoggerMessage(3011, LogLevel.Information, "The last acknowledgement was not accepted: {Message}")]
    public static partial void LastAcknowledgementFailed(ILogger logger, string message);
}
