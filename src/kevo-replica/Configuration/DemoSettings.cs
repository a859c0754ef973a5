namespace Kevo.Replica.Configuration;

/// <summary>What the tour does.</summary>
internal static class DemoSettings
{
    /// <summary>How long the workload runs.</summary>
    public static readonly TypedSetting<TimeSpan> Duration =
        new(SettingParsers.Duration(TimeSpan.FromSeconds(2), TimeSpan.FromHours(1)))
        {
            Name = "duration",
            ValueName = "DURATION",
            Default = "15s",
            Range = "2s to 1h",
            FlagOnly = true,
            Commands = CommandSet.Demo,
            Help = "How long the workload runs",
        };

    /// <summary>Entries written per second.</summary>
    public static readonly TypedSetting<long?> Rate = new(SettingParsers.OptionalCount(1, 10_000_000))
    {
        Name = "rate",
        ValueName = "COUNT",
        DefaultNote = "20000, with --stock 500",
        Range = "entries per second, 1 to 10000000",
        FlagOnly = true,
        Commands = CommandSet.Demo,
        Help = "Entries the workload writes per second",
    };

    /// <summary>What the workload is drawn from.</summary>
    public static readonly TypedSetting<long> RandomSeed = new(SettingParsers.Count(0, int.MaxValue))
    {
        Name = "seed",
        ValueName = "NUMBER",
        Default = "1",
        Range = "0 to 2147483647",
        FlagOnly = true,
        Commands = CommandSet.Demo,
        Help = "Seed of the workload and of the moment of the kill",
    };

    /// <summary>Behave as a stock primary does.</summary>
    public static readonly TypedSetting<bool> Stock = new(SettingParsers.Switch)
    {
        Name = "stock",
        Default = "false",
        FlagOnly = true,
        Commands = CommandSet.Demo,
        Help = "Let the embedded primary behave as stock Kevo does instead of as a relay",
    };

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Duration, Rate, RandomSeed, Stock];
}
