using Kevo.Core;
using Microsoft.Extensions.Logging;

namespace Kevo.Storage.Store;

/// <summary>The log lines of the store.</summary>
internal static partial class StoreMessages
{
    [LoggerMessage(EventId = 2100, Level = LogLevel.Information,
        Message = "Store {Directory} opened at {Visible}; its {Runs} runs of tables cover {Checkpoint}.")]
    public static partial void Opened(
        ILogger logger, string directory, LogPosition checkpoint, LogPosition visible, int runs);

    [LoggerMessage(EventId = 2101, Level = LogLevel.Error,
        Message = "Background work of the store failed and is tried again in {RetrySeconds} s: {Reason}")]
    public static partial void StepFailed(ILogger logger, double retrySeconds, string reason);

    [LoggerMessage(EventId = 2102, Level = LogLevel.Critical,
        Message = "Background work of the store ended for good: {Reason}")]
    public static partial void StepFailedForGood(ILogger logger, string reason);
}
