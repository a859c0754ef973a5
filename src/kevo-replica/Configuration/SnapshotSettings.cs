namespace Kevo.Replica.Configuration;

/// <summary>When the content of a stock primary is read as a whole, and what is done when its history breaks.</summary>
internal static class SnapshotSettings
{
    /// <summary>Whether a node begins with a snapshot.</summary>
    public static readonly TypedSetting<string> Bootstrap = Choice(
        "bootstrap", "auto",
        "Whether to begin with a snapshot, of a stock primary or for a relay without its beginning: when needed, at "
        + "every start (of a stock primary), or never",
        "auto", "always", "never");

    /// <summary>What is done when a stock primary's stream is dead.</summary>
    public static readonly TypedSetting<string> OnRotation = Choice(
        "on-rotation", "snapshot",
        "When a stock primary has rotated its log and sends nothing more: go on by snapshots, or wait for its restart",
        "snapshot", "wait");

    /// <summary>What is done when the histories differ.</summary>
    public static readonly TypedSetting<string> OnDivergence = Choice(
        "on-divergence", "stop",
        "When the primary holds another history, or a relay no longer has what this node needs: stop with exit code 5, "
        + "or set ours aside and take the primary's",
        "stop", "resync");

    /// <summary>The rate limit of snapshots.</summary>
    public static readonly TypedSetting<TimeSpan> Interval =
        new(SettingParsers.Duration(TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1)))
        {
            Name = "snapshot-interval",
            ValueName = "DURATION",
            Default = "10s",
            Range = "10ms to 1d",
            Commands = CommandSet.Run,
            Help = "Shortest time between two snapshots of a stock primary",
        };

    /// <summary>How often a stock primary is asked for its last sequence.</summary>
    public static readonly TypedSetting<TimeSpan> CheckInterval =
        new(SettingParsers.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1)))
        {
            Name = "primary-check-interval",
            ValueName = "DURATION",
            Default = "5s",
            Range = "100ms to 1h",
            Commands = CommandSet.Run,
            Help = "How often a stock primary is asked for its last sequence, which tells a live one from a frozen one",
        };

    /// <summary>How long silence goes unquestioned.</summary>
    public static readonly TypedSetting<TimeSpan> RotationCheckInterval =
        new(SettingParsers.Duration(TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)))
        {
            Name = "rotation-check-interval",
            ValueName = "DURATION",
            Default = "20s",
            Range = "100ms to 1d",
            Commands = CommandSet.Run,
            Help = "Time without a live write after which a snapshot finds out whether a stock primary has rotated its "
                + "log; at least 19 times as long as the last one took, up to 10 minutes",
        };

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
        [Bootstrap, OnRotation, OnDivergence, Interval, CheckInterval, RotationCheckInterval];

    private static TypedSetting<string> Choice(string name, string standard, string help, params string[] words) =>
        new(SettingParsers.Choice(words))
        {
            Name = name,
            ValueName = "RULE",
            Default = standard,
            Choices = words,
            Commands = CommandSet.Run,
            Help = help,
        };
}
