using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Node;

/// <summary>The certificates that the settings name for the listening endpoints.</summary>
internal static class ServerCertificates
{
    /// <summary>Those of --listen; null when it is served in the clear.</summary>
    /// <exception cref="Core.ConfigurationException">A file is unusable; the message names it.</exception>
    public static CertificateSource? ForListen(EffectiveSettings settings, IFileSystem fileSystem, TimeProvider time)
    {
        string subjects = settings.Get(ServerSettings.ListenClientSubjects);
        return Create(
            settings.Get(ServerSettings.ListenCertificate), settings.Get(ServerSettings.ListenKey),
            settings.Get(ServerSettings.ListenClientCa),
            subjects.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            fileSystem, time);
    }

    /// <summary>Those of --admin; null when it is served in the clear.</summary>
    /// <exception cref="Core.ConfigurationException">A file is unusable; the message names it.</exception>
    public static CertificateSource? ForAdmin(EffectiveSettings settings, IFileSystem fileSystem, TimeProvider time) =>
        Create(
            settings.Get(ServerSettings.AdminCertificate), settings.Get(ServerSettings.AdminKey),
            settings.Get(ServerSettings.AdminClientCa), [], fileSystem, time);

    private static CertificateSource? Create(
        string certificate, string key, string authority, string[] subjects, IFileSystem fileSystem, TimeProvider time)
    {
        if (certificate.Length == 0)
        {
            return null;
        }

        var files = new TlsFiles
        {
            CertificateFile = certificate,
            KeyFile = key,
            AuthorityFile = authority.Length == 0 ? null : authority,
            PinnedSubjects = subjects,
        };
        return new CertificateSource(files, TlsRole.Server, fileSystem, time);
    }
}
