using Kevo.Core;

namespace Kevo.Replica.Configuration;

/// <summary>Every setting's value and origin, checked. Immutable.</summary>
internal sealed class EffectiveSettings
{
    private readonly IReadOnlyDictionary<Setting, SettingValue> _values;

    /// <summary>Takes the values of all settings of the table.</summary>
    public EffectiveSettings(IReadOnlyDictionary<Setting, SettingValue> values) => _values = values;

    /// <summary>The value in effect; the parsed default when nobody set it.</summary>
    public T Get<T>(TypedSetting<T> setting) => (T)_values[setting].Value!;

    /// <summary>The value in effect with its origin.</summary>
    public SettingValue Of(Setting setting) => _values[setting];

    /// <summary>Whether anybody set it.</summary>
    public bool IsSet(Setting setting) => _values[setting].Origin != SettingOrigin.Default;

    /// <summary>These values, but those of some settings from <paramref name="other"/>.</summary>
    public EffectiveSettings With(IEnumerable<Setting> taken, EffectiveSettings other)
    {
        var values = new Dictionary<Setting, SettingValue>(_values);
        foreach (Setting setting in taken)
        {
            values[setting] = other.Of(setting);
        }

        return new EffectiveSettings(values);
    }

    /// <summary>A required setting's text.</summary>
    /// <exception cref="ConfigurationException">It is not set.</exception>
    public string Require(TypedSetting<string> setting)
    {
        string text = Get(setting);
        return text.Length > 0
            ? text
            : throw new ConfigurationException(
                $"{setting.Flag} is needed: give the flag, set {setting.EnvironmentName}, or put "
                + $"\"{setting.Name}\" into the configuration file.");
    }
}
