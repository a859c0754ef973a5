namespace Kevo.Replica.Configuration;

/// <summary>What one call of a command is asked to do; flags only.</summary>
internal static class RequestSettings
{
    /// <summary>Machine-readable output.</summary>
    public static readonly TypedSetting<bool> Json = new(SettingParsers.Switch)
    {
        Name = "json",
        Default = "false",
        FlagOnly = true,
        Commands = CommandSet.Config | CommandSet.Wal | CommandSet.Version,
        Help = "Print JSON",
    };

    /// <summary>Only judge the configuration.</summary>
    public static readonly TypedSetting<bool> Check = new(SettingParsers.Switch)
    {
        Name = "check",
        Default = "false",
        FlagOnly = true,
        Commands = CommandSet.Config,
        Help = "Only check the settings and the files they name; say nothing but errors",
    };

    /// <summary>Keys and values as hexadecimal digits.</summary>
    public static readonly TypedSetting<bool> Hex = new(SettingParsers.Switch)
    {
        Name = "hex",
        Default = "false",
        FlagOnly = true,
        Commands = CommandSet.WalDump,
        Help = "Print keys and values as hexadecimal digits",
    };

    /// <summary>Where to begin.</summary>
    public static readonly TypedSetting<string> From = new(SettingParsers.Text)
    {
        Name = "from",
        ValueName = "EPOCH:SEQUENCE",
        DefaultNote = "the first position held",
        FlagOnly = true,
        Commands = CommandSet.WalDump,
        Help = "Position to begin at",
    };

    /// <summary>How much to print.</summary>
    public static readonly TypedSetting<long> Limit = new(SettingParsers.Count(0, long.MaxValue))
    {
        Name = "limit",
        ValueName = "COUNT",
        Default = "0",
        Range = "0 means all",
        FlagOnly = true,
        Commands = CommandSet.WalDump,
        Help = "Most entries to print",
    };

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Json, Check, Hex, From, Limit];
}
