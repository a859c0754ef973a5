using Kevo.Core;

namespace Kevo.Replica.Configuration;

/// <summary>What settings demand of each other.</summary>
internal static class SettingRules
{
    /// <summary>Checks the combination.</summary>
    /// <exception cref="ConfigurationException">Two settings contradict each other; the message names both.</exception>
    public static void Check(EffectiveSettings settings)
    {
        foreach (TypedSetting<string> needsTls in
                 (ReadOnlySpan<TypedSetting<string>>)
                 [
                     ConnectionSettings.TlsCa, ConnectionSettings.TlsCertificate, ConnectionSettings.TlsKey,
                     ConnectionSettings.TlsServerName,
                 ])
        {
            if (settings.Get(needsTls).Length > 0 && !settings.Get(ConnectionSettings.Tls))
            {
                throw new ConfigurationException(
                    $"{needsTls.Flag} is set but TLS is off: add {ConnectionSettings.Tls.Flag}, "
                    + $"or remove {needsTls.Flag}.");
            }
        }

        RequirePair(settings, ConnectionSettings.TlsCertificate, ConnectionSettings.TlsKey);
        RequirePair(settings, ServerSettings.ListenCertificate, ServerSettings.ListenKey);
        RequirePair(settings, ServerSettings.RelayCertificate, ServerSettings.RelayKey);
        RequirePair(settings, ServerSettings.AdminCertificate, ServerSettings.AdminKey);
        RequireBeside(settings, ServerSettings.ListenClientCa, ServerSettings.ListenCertificate);
        RequireBeside(settings, ServerSettings.ListenClientSubjects, ServerSettings.ListenClientCa);
        RequireBeside(settings, ServerSettings.RelayClientCa, ServerSettings.RelayCertificate);
        RequireBeside(settings, ServerSettings.RelayClientSubjects, ServerSettings.RelayClientCa);
        RequireBeside(settings, ServerSettings.AdminClientCa, ServerSettings.AdminCertificate);
        RequireBeside(settings, ServerSettings.AdminClientSubjects, ServerSettings.AdminClientCa);

        TypedSetting<TimeSpan> longest = ConnectionSettings.RetryMaxDelay;
        TypedSetting<TimeSpan> first = ConnectionSettings.RetryBaseDelay;
        if (settings.Get(longest) < settings.Get(first))
        {
            throw new ConfigurationException(
                $"{longest.Flag} {settings.Of(longest).Text} is below {first.Flag} {settings.Of(first).Text}: "
                + $"raise {longest.Flag}.");
        }

        if (settings.Get(ConnectionSettings.Primary) is null or { Port: 0 })
        {
            throw new ConfigurationException(
                $"{ConnectionSettings.Primary.Flag} needs an address with a port from 1, such as localhost:50052.");
        }

        if (settings.Get(NodeSettings.Data).Length == 0)
        {
            throw new ConfigurationException($"{NodeSettings.Data.Flag} must name a directory.");
        }
    }

    private static void RequirePair(
        EffectiveSettings settings, TypedSetting<string> certificate, TypedSetting<string> key)
    {
        if (settings.Get(certificate).Length > 0 != settings.Get(key).Length > 0)
        {
            throw new ConfigurationException(
                $"{certificate.Flag} and {key.Flag} belong together: set both or none.");
        }
    }

    private static void RequireBeside(
        EffectiveSettings settings, TypedSetting<string> setting, TypedSetting<string> needed)
    {
        if (settings.Get(setting).Length > 0 && settings.Get(needed).Length == 0)
        {
            throw new ConfigurationException(
                $"{setting.Flag} is set but {needed.Flag} is not: add {needed.Flag}, or remove {setting.Flag}.");
        }
    }
}
