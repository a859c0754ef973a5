namespace Kevo.Replica.Configuration;

/// <summary>
/// The option table: every setting there is. Flags, environment, file, help and manual are made from it.
/// </summary>
internal static class SettingTable
{
    /// <summary>All settings, in the order help and <c>config</c> show them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        .. ConnectionSettings.All,
        .. SnapshotSettings.All,
        .. NodeSettings.All,
        .. ServerSettings.All,
        .. TelemetrySettings.All,
        .. OutputSettings.All,
        .. DemoSettings.All,
        .. RequestSettings.All,
    ];

    /// <summary>The settings a file and the environment may hold.</summary>
    public static IReadOnlyList<Setting> Persistent { get; } = [.. All.Where(setting => !setting.FlagOnly)];

    /// <summary>The settings a command takes as flags.</summary>
    public static IEnumerable<Setting> For(CommandSet command) =>
        All.Where(setting => (setting.Commands & command) != 0);
}
