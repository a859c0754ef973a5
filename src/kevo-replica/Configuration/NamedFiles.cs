using Kevo.Core;

namespace Kevo.Replica.Configuration;

/// <summary>Looks at the files that settings name, so that a wrong path is found before anything starts.</summary>
internal static class NamedFiles
{
    private static readonly TypedSetting<string>[] Files =
    [
        ConnectionSettings.TlsCa, ConnectionSettings.TlsCertificate, ConnectionSettings.TlsKey,
        ServerSettings.ListenCertificate, ServerSettings.ListenKey, ServerSettings.ListenClientCa,
        ServerSettings.RelayCertificate, ServerSettings.RelayKey, ServerSettings.RelayClientCa,
        ServerSettings.AdminCertificate, ServerSettings.AdminKey, ServerSettings.AdminClientCa,
    ];

    /// <summary>Checks that each file can be read.</summary>
    /// <exception cref="ConfigurationException">One cannot; the message names setting and file.</exception>
    public static void Check(EffectiveSettings settings)
    {
        foreach (TypedSetting<string> setting in Files)
        {
            string path = settings.Get(setting);
            if (path.Length == 0)
            {
                continue;
            }

            try
            {
                using FileStream file = File.OpenRead(path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
            {
                throw new ConfigurationException($"{setting.Flag}: cannot read {path}: {error.Message}", error);
            }
        }
    }
}
