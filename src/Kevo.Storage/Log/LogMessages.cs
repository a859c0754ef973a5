using Kevo.Core;
using Microsoft.Extensions.Logging;

namespace Kevo.Storage.Log;

/// <summary>What the log writes to the program's log: one line per event, none per entry or frame.</summary>
internal static partial class LogMessages
{
    [LoggerMessage(2000, LogLevel.Information,
        "Log opened in {Directory}: {First} to {Durable}, {Entries} entries in {Frames} frames verified, "
        + "{Skipped} segments below the checkpoint")]
    internal static partial void Opened(
        ILogger logger,
        string directory,
        LogPosition first,
        LogPosition durable,
        long entries,
        long frames,
        int skipped);

    [LoggerMessage(2001, LogLevel.Warning, "Recovery: {Case} in {Path} at byte {Offset}: {Detail} It was removed")]
    internal static partial void Cut(ILogger logger, RecoveryCase @case, string path, long offset, string detail);

    [LoggerMessage(2002, LogLevel.Debug, "Segment {Path} published: epoch {Epoch}, from sequence {FirstSequence}")]
    internal static partial void SegmentPublished(ILogger logger, string path, ulong epoch, ulong firstSequence);

    [LoggerMessage(2003, LogLevel.Debug, "Segment {Path} deleted")]
    internal static partial void SegmentDeleted(ILogger logger, string path);

    [LoggerMessage(2004, LogLevel.Information, "Epoch began in {Directory} at {Start}")]
    internal static partial void EpochBegan(ILogger logger, string directory, LogPosition start);
}
