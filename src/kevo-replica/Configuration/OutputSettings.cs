namespace Kevo.Replica.Configuration;

/// <summary>Where settings come from, and how the program speaks.</summary>
internal static class OutputSettings
{
    /// <summary>The configuration file. It cannot name another one.</summary>
    public static readonly TypedSetting<string> Config = new(SettingParsers.Text)
    {
        Name = "config",
        ValueName = "FILE",
        Commands = CommandSet.Daemons | CommandSet.Demo | CommandSet.Probes,
        Help = "JSON file with settings; keys are flag names without the hyphens in front",
    };

    /// <summary>The form of log lines.</summary>
    public static readonly TypedSetting<string> LogFormat = new(SettingParsers.Choice("auto", "text", "json"))
    {
        Name = "log-format",
        ValueName = "FORMAT",
        Default = "auto",
        Choices = ["auto", "text", "json"],
        Commands = CommandSet.Daemons,
        Help = "Form of log lines on standard error; auto is text on a terminal and JSON elsewhere",
    };

    /// <summary>The least important lines still written.</summary>
    public static readonly TypedSetting<string> LogLevel =
        new(SettingParsers.Choice("trace", "debug", "information", "warning", "error", "critical"))
        {
            Name = "log-level",
            ValueName = "LEVEL",
            Default = "information",
            Choices = ["trace", "debug", "information", "warning", "error", "critical"],
            Reloadable = true,
            Commands = CommandSet.Daemons,
            Help = "Least important log lines to write",
        };

    /// <summary>All of them, in the order help shows them.</summary>
    public static IReadOnlyList<Setting> All { get; } = [Config, LogFormat, LogLevel];
}
