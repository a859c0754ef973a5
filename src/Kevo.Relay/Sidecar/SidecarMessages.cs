using Kevo.Core;
using Kevo.Storage.Kevo;
using Microsoft.Extensions.Logging;

namespace Kevo.Relay.Sidecar;

/// <summary>What a sidecar writes to the log: one line for an event, none for an entry.</summary>
internal static partial class SidecarMessages
{
    [LoggerMessage(4100, LogLevel.Information,
        "Following the stock directory {Directory} from {File} at {Offset}; the log ends at {Durable}")]
    public static partial void Started(ILogger logger, string directory, string file, long offset, LogPosition durable);

    [LoggerMessage(4101, LogLevel.Information, "Stock went on to log file {File}")]
    public static partial void FileBegan(ILogger logger, string file);

    [LoggerMessage(4102, LogLevel.Warning, "Left out unreadable bytes of a stock log file: {Damage}")]
    public static partial void Damaged(ILogger logger, StockDamage damage);

    [LoggerMessage(
        4103, LogLevel.Warning, "Left out {Entries} entries of a transaction in {File} that a crash of stock cut off")]
    public static partial void TransactionTorn(ILogger logger, int entries, string file);

    [LoggerMessage(4104, LogLevel.Error, "A transaction in {File} went on at {Offset} after it had been taken for "
        + "complete; it reached replicas in two parts")]
    public static partial void LatePart(ILogger logger, string file, long offset);

    [LoggerMessage(4105, LogLevel.Warning, "Left out an entry in {File} before {Offset}: {Reason}")]
    public static partial void EntrySkipped(ILogger logger, string file, long offset, string reason);

    [LoggerMessage(4106, LogLevel.Information,
        "The file system reports no changes of {Directory} ({Reason}); looking every {Interval}")]
    public static partial void Polling(ILogger logger, string directory, string reason, TimeSpan interval);

    [LoggerMessage(4107, LogLevel.Information, "Compared {Transactions} transactions with the stock files; they agree")]
    public static partial void Compared(ILogger logger, ulong transactions);

    [LoggerMessage(
        4108,
        LogLevel.Error,
        "Stock could not read its log and moved it to a backup in {Directory}; it serves less than its replicas now")]
    public static partial void LogSetAside(ILogger logger, string directory);
}
