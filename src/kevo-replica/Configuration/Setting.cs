using System.Globalization;

namespace Kevo.Replica.Configuration;

/// <summary>
/// One row of the option table: everything the flag, the environment variable, the key of the configuration file, the
/// help, the <c>config</c> command and the manual say about a setting comes from here.
/// </summary>
internal abstract class Setting
{
    /// <summary>
    /// The name in words joined by hyphens; the flag is it after two hyphens, the file's key is it as it is.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>What it means, as one sentence without its full stop.</summary>
    public required string Help { get; init; }

    /// <summary>
    /// The commands that take it as a flag. The file and the environment may hold it for any command.
    /// </summary>
    public required CommandSet Commands { get; init; }

    /// <summary>The placeholder for its value in help, in capitals; empty for a switch.</summary>
    public string ValueName { get; init; } = "";

    /// <summary>The default as an operator would write it; empty means "not set".</summary>
    public string Default { get; init; } = "";

    /// <summary>What an unset value stands for, such as "the value of --listen".</summary>
    public string? DefaultNote { get; init; }

    /// <summary>What values are allowed, in words, such as "1ms to 1h".</summary>
    public string? Range { get; init; }

    /// <summary>The allowed values, when there are only a few.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];

    /// <summary>The value must not be shown.</summary>
    public bool Secret { get; init; }

    /// <summary>
    /// A request to one command rather than a setting: a flag only, neither in the environment nor in the file.
    /// </summary>
    public bool FlagOnly { get; init; }

    /// <summary>It can change while the daemon runs (SIGHUP); the others need a restart.</summary>
    public bool Reloadable { get; init; }

    /// <summary>A one-letter flag, such as <c>-q</c>.</summary>
    public string? Alias { get; init; }

    /// <summary>True when the flag needs no value.</summary>
    public abstract bool IsSwitch { get; }

    /// <summary>The long flag.</summary>
    public string Flag => "--" + Name;

    /// <summary>The environment variable.</summary>
    public string EnvironmentName =>
        SettingSources.EnvironmentPrefix + Name.Replace('-', '_').ToUpper(CultureInfo.InvariantCulture);

    /// <summary>The default as help and tables show it.</summary>
    public string DefaultText => Default.Length > 0 ? Default : DefaultNote ?? "not set";

    /// <summary>The help sentence with default and range, as <c>--help</c> and the manual print it.</summary>
    public string Description
    {
        get
        {
            var facts = new List<string>();
            if (!FlagOnly || !IsSwitch)
            {
                facts.Add("default: " + DefaultText);
            }

            if (Choices.Count > 0)
            {
                facts.Add("one of " + string.Join(", ", Choices));
            }

            if (Range is not null)
            {
                facts.Add(Range);
            }

            if (Reloadable)
            {
                facts.Add("changes on SIGHUP");
            }

            return facts.Count == 0 ? Help + "." : $"{Help} ({string.Join("; ", facts)}).";
        }
    }

    /// <summary>Parses the text and boxes the value.</summary>
    /// <returns>Null, or what is wrong with it.</returns>
    public abstract string? TryParse(string text, out object? value);
}
