using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Terminal;

/// <summary>What takes the place of a progress bar in the log.</summary>
internal static partial class TerminalLog
{
    [LoggerMessage(6008, LogLevel.Information, "Under way: {Stage}, {Done} of {Total}")]
    public static partial void Progress(ILogger logger, string stage, long done, long? total);
}
