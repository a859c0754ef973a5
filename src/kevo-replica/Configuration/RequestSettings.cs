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
        Commands = CommandSet.Config | CommandSet.Wal | CommandSet.Version | CommandSet.Probes | CommandSet.Reads,
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
        Commands = CommandSet.WalDump | CommandSet.Reads,
        Help = "Keys and values are hexadecimal digits, in the arguments too",
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
        Commands = CommandSet.WalDump | CommandSet.Scan,
        Help = "Most entries to print",
    };

    /// <summary>A server to ask instead of a directory.</summary>
    public static readonly TypedSetting<HostPort?> Server = new(SettingParsers.Endpoint)
    {
        Name = "server",
        ValueName = "HOST:PORT",
        DefaultNote = "none: the data directory is read",
        FlagOnly = true,
        Commands = CommandSet.Reads,
        Help = "Client address of any Kevo server to read from, instead of --data",
    };

    /// <summary>Start of the keys wanted.</summary>
    public static readonly TypedSetting<string> Prefix = Key("prefix", "Only keys that begin with this");

    /// <summary>End of the keys wanted.</summary>
    public static readonly TypedSetting<string> Suffix = Key("suffix", "Only keys that end with this");

    /// <summary>First key wanted.</summary>
    public static readonly TypedSetting<string> Start = Key("start", "First key, inclusive");

    /// <summary>Key behind the last one wanted.</summary>
    public static readonly TypedSetting<string> End = Key("end", "Last key, exclusive");

    /// <summary>Repeat until stopped.</summary>
    public static readonly TypedSetting<bool> Watch = new(SettingParsers.Switch)
    {
        Name = "watch",
        Default = "false",
        FlagOnly = true,
        Commands = CommandSet.Status,
        Help = "Show the status again every second until stopped",
    };

    /// <summary>Where a promotion goes.</summary>
    public static readonly TypedSetting<string> To = new(SettingParsers.Text)
    {
        Name = "to",
        ValueName = "DIR",
        FlagOnly = true,
        Commands = CommandSet.Promote,
        Help = "Directory to make for stock Kevo; it must not exist, or be empty",
    };

    /// <summary>Whether tables are copied.</summary>
    public static readonly TypedSetting<bool> Copy = new(SettingParsers.Switch)
    {
        Name = "copy",
        Default = "false",
        FlagOnly = true,
        Commands = CommandSet.Promote,
        Help = "Copy the tables instead of linking them",
    };

    /// <summary>The stock directory that is read.</summary>
    public static readonly TypedSetting<string> KevoDirectory = new(SettingParsers.Text)
    {
        Name = "kevo-dir",
        ValueName = "DIR",
        FlagOnly = true,
        Commands = CommandSet.Import | CommandSet.Relay,
        Help = "Directory of stock Kevo; import needs it stopped, relay follows it while stock writes it",
    };

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Json, Check, Hex, From, Limit, Server, Prefix, Suffix, Start, End, Watch, To, Copy, KevoDirectory,
    ];

    private static TypedSetting<string> Key(string name, string help) => new(SettingParsers.Text)
    {
        Name = name,
        ValueName = "KEY",
        FlagOnly = true,
        Commands = CommandSet.Scan,
        Help = help,
    };
}
