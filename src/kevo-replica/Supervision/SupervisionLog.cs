using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Supervision;

/// <summary>What the daemons write to the log about reloads and the service manager.</summary>
internal static partial class SupervisionLog
{
    /// <summary>The number of <see cref="Reloaded"/>; tools wait for it.</summary>
    public const int ReloadedEvent = 6010;

    /// <summary>The number of <see cref="SettingNeedsRestart"/>.</summary>
    public const int NeedsRestartEvent = 6012;

    /// <summary>The number of <see cref="SettingsUnusable"/>.</summary>
    public const int UnusableEvent = 6013;

    [LoggerMessage(
        6010,
        LogLevel.Information,
        "Settings and certificates were read again: {Settings} settings changed, {Certificates} endpoints have new "
        + "certificates")]
    public static partial void Reloaded(ILogger logger, int settings, int certificates);

    [LoggerMessage(6011, LogLevel.Information, "{Setting} is {Now}; it was {Before}")]
    public static partial void SettingChanged(ILogger logger, string setting, string before, string now);

    [LoggerMessage(
        6012,
        LogLevel.Warning,
        "{Setting} is {Now} in the configuration, but stays {Before} until the process is started again")]
    public static partial void SettingNeedsRestart(ILogger logger, string setting, string before, string now);

    [LoggerMessage(6013, LogLevel.Error, "The settings stay as they are, because they cannot be used: {Reason}")]
    public static partial void SettingsUnusable(ILogger logger, string reason);

    [LoggerMessage(6014, LogLevel.Warning, "The service manager cannot be told how this process is: {Reason}")]
    public static partial void ManagerLost(ILogger logger, string reason);

    [LoggerMessage(
        6015,
        LogLevel.Critical,
        "The replication loop has not moved for {Seconds:F0} s in state {State}; the service manager's watchdog will "
        + "end this process")]
    public static partial void LoopHangs(ILogger logger, double seconds, string state);
}
