using Kevo.Core;
using Kevo.Replica.Configuration;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Supervision;

/// <summary>
/// Reads the settings again and takes into use what may change while the process runs; the rest is named in the log.
/// Settings that do not hold together change nothing. Calls must not overlap.
/// </summary>
/// <param name="start">The settings in effect.</param>
/// <param name="read">Reads flags, environment and file once more.</param>
/// <param name="apply">Takes reloadable settings into use.</param>
/// <param name="renewCertificates">Looks at the certificate files; says how many endpoints have new ones.</param>
/// <param name="logger">Where what happened is told.</param>
internal sealed class SettingsReload(
    EffectiveSettings start,
    Func<EffectiveSettings> read,
    Action<EffectiveSettings> apply,
    Func<int> renewCertificates,
    ILogger logger)
{
    /// <summary>The settings in effect.</summary>
    public EffectiveSettings Current { get; private set; } = start;

    /// <summary>Reads everything again.</summary>
    public void Run()
    {
        EffectiveSettings? changed = Read();
        int applied = changed is null ? 0 : Take(changed);
        SupervisionLog.Reloaded(logger, applied, renewCertificates());
    }

    private EffectiveSettings? Read()
    {
        try
        {
            return read();
        }
        catch (ConfigurationException unusable)
        {
            SupervisionLog.SettingsUnusable(logger, unusable.Message);
            return null;
        }
    }

    private int Take(EffectiveSettings changed)
    {
        int applied = 0;
        var taken = new List<Setting>();
        foreach (Setting setting in SettingTable.Persistent)
        {
            SettingValue before = Current.Of(setting);
            SettingValue after = changed.Of(setting);
            if (before.Text == after.Text)
            {
                continue;
            }

            if (setting.Reloadable)
            {
                taken.Add(setting);
                applied++;
                SupervisionLog.SettingChanged(logger, setting.Name, Show(setting, before), Show(setting, after));
            }
            else
            {
                SupervisionLog.SettingNeedsRestart(
                    logger, setting.Name, Show(setting, before), Show(setting, after));
            }
        }

        if (applied > 0)
        {
            Current = Current.With(taken, changed);
            apply(Current);
        }

        return applied;
    }

    private static string Show(Setting setting, SettingValue value) =>
        setting.Secret && value.Text.Length > 0 ? "(hidden)"
        : value.Text.Length == 0 ? setting.DefaultText : value.Text;
}
