namespace Kevo.Replica.Configuration;

/// <summary>When the content of a stock primary is read as a whole, and what is done when its history breaks.</summary>
internal static class SnapshotSettings
{
    /// <summary>Whether a node begins with a snapshot.</summary>
    public static readonly TypedSetting<string> Bootstrap = Choice(
        "bootstrap", "auto",
        "Whether to begin with a snapshot of a stock primary: when needed, at every start, or never",
        "auto", "always", "never");

    /// <summary>What is done when a stock primary's stream is dead.</summary>
    public static readonly TypedSetting<string> OnRotation = Choice(
        "on-rotation", "snapshot",
        "When a stock primary has rotated its log and sends nothing more: go on by snapshots, or wait for its restart",
        "snapshot", "wait");

    /// <summary>What is done when the histories differ.</summary>
    public static readonly TypedSetting<string> OnDivergence = Choice(
        "on-divergence", "stop",
        "When a stock primary holds another history: stop with exit code 5, or set ours aside and take its content",
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

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Bootstrap, OnRotation, OnDivergence, Interval];

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
