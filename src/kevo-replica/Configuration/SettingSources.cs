using Kevo.Core;

namespace Kevo.Replica.Configuration;

/// <summary>Puts flags, environment, file and defaults together, in that order of precedence.</summary>
internal static class SettingSources
{
    /// <summary>What every environment variable of ours begins with.</summary>
    public const string EnvironmentPrefix = "KEVO_REPLICA_";

    /// <summary>Gathers, checks and combines all values.</summary>
    /// <param name="flags">Text by setting, as given on the command line.</param>
    /// <param name="environment">The process's variables; others than ours are ignored.</param>
    /// <exception cref="ConfigurationException">
    /// A value, a name or the file is unusable; the message says which.
    /// </exception>
    public static EffectiveSettings Combine(
        IReadOnlyDictionary<Setting, string> flags,
        IReadOnlyDictionary<string, string> environment)
    {
        var values = new Dictionary<Setting, SettingValue>();
        foreach ((Setting setting, string text) in flags)
        {
            values[setting] = Parse(setting, text, SettingOrigin.Flag, setting.Flag);
        }

        AddEnvironment(environment, values);
        if (values.TryGetValue(OutputSettings.Config, out SettingValue? file) && file.Text.Length > 0)
        {
            foreach (SettingFileEntry entry in SettingFile.Read(file.Text))
            {
                SettingValue value = Parse(entry.Setting, entry.Text, SettingOrigin.File, entry.Place);
                values.TryAdd(entry.Setting, value);
            }
        }

        foreach (Setting setting in SettingTable.All)
        {
            if (!values.ContainsKey(setting))
            {
                values[setting] = Parse(setting, setting.Default, SettingOrigin.Default, "");
            }
        }

        var settings = new EffectiveSettings(values);
        SettingRules.Check(settings);
        return settings;
    }

    private static void AddEnvironment(
        IReadOnlyDictionary<string, string> environment,
        Dictionary<Setting, SettingValue> values)
    {
        foreach ((string name, string text) in environment.OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            if (!name.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) || IsServiceLink(name, text))
            {
                continue;
            }

            Setting setting = SettingTable.Persistent.FirstOrDefault(known => known.EnvironmentName == name)
                ?? throw new ConfigurationException(
                    $"Unknown environment variable {name}"
                    + NearestName.Hint(name, SettingTable.Persistent.Select(known => known.EnvironmentName))
                    + " Unset it, or see \"kevo-replica config\" for all names.");
            SettingValue value = Parse(setting, text, SettingOrigin.Environment, name);
            values.TryAdd(setting, value);
        }
    }

    /// <summary>
    /// Kubernetes announces a service named "kevo-replica" to every container by variables that begin as ours do.
    /// </summary>
    private static bool IsServiceLink(string name, string text) =>
        name.EndsWith("_SERVICE_HOST", StringComparison.Ordinal)
        || name.Contains("_SERVICE_PORT", StringComparison.Ordinal)
        || name.Contains("_PORT_", StringComparison.Ordinal)
        || (name.EndsWith("_PORT", StringComparison.Ordinal) && text.Contains("://", StringComparison.Ordinal));

    private static SettingValue Parse(Setting setting, string text, SettingOrigin origin, string place)
    {
        string? problem = setting.TryParse(text, out object? value);
        if (problem is null)
        {
            return new SettingValue(text, value, origin, place);
        }

        string shown = setting.Secret ? "the value" : $"\"{text}\"";
        string range = setting.Range is null ? "" : $" Allowed: {setting.Range}.";
        throw new ConfigurationException($"{place}: {shown} {problem}.{range}");
    }
}
