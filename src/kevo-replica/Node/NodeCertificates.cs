using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Replica.Configuration;

namespace Kevo.Replica.Node;

/// <summary>
/// The certificates that the settings name, one source for each endpoint; null for one without TLS. All files are read
/// and checked when this is made, so that nothing starts with a file that cannot serve.
/// </summary>
internal sealed class NodeCertificates
{
    /// <summary>How often the files are looked at for new contents.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Reads and checks all files.</summary>
    /// <exception cref="Core.ConfigurationException">A file is unusable; the message names it.</exception>
    public NodeCertificates(EffectiveSettings settings, IFileSystem fileSystem, TimeProvider time)
    {
        NamedFiles.Check(settings);
        Primary = ReplicationSettings.TlsOf(settings) is { } files
            ? new CertificateSource(files, TlsRole.Client, fileSystem, time)
            : null;
        Listen = Server(
            settings, ServerSettings.ListenCertificate, ServerSettings.ListenKey, ServerSettings.ListenClientCa,
            ServerSettings.ListenClientSubjects);
        Relay = Server(
            settings, ServerSettings.RelayCertificate, ServerSettings.RelayKey, ServerSettings.RelayClientCa,
            ServerSettings.RelayClientSubjects);
        Admin = Server(
            settings, ServerSettings.AdminCertificate, ServerSettings.AdminKey, ServerSettings.AdminClientCa,
            ServerSettings.AdminClientSubjects);

        CertificateSource? Server(
            EffectiveSettings all,
            TypedSetting<string> certificate,
            TypedSetting<string> key,
            TypedSetting<string> authority,
            TypedSetting<string> subjects) =>
            ServerFiles(all, certificate, key, authority, subjects) is { } named
                ? new CertificateSource(named, TlsRole.Server, fileSystem, time)
                : null;
    }

    /// <summary>Those shown to the primary and checked against its own.</summary>
    public CertificateSource? Primary { get; }

    /// <summary>Those of --listen.</summary>
    public CertificateSource? Listen { get; }

    /// <summary>Those of --relay-listen.</summary>
    public CertificateSource? Relay { get; }

    /// <summary>Those of --admin.</summary>
    public CertificateSource? Admin { get; }

    /// <summary>The sources there are, with the names of their endpoints.</summary>
    public IReadOnlyList<(string Endpoint, CertificateSource Source)> InUse
    {
        get
        {
            List<(string, CertificateSource)> used = [];
            foreach ((string endpoint, CertificateSource? source) in
                     (ReadOnlySpan<(string, CertificateSource?)>)
                     [("primary", Primary), ("listen", Listen), ("relay", Relay), ("admin", Admin)])
            {
                if (source is not null)
                {
                    used.Add((endpoint, source));
                }
            }

            return used;
        }
    }

    private static TlsFiles? ServerFiles(
        EffectiveSettings settings,
        TypedSetting<string> certificate,
        TypedSetting<string> key,
        TypedSetting<string> authority,
        TypedSetting<string> subjects)
    {
        string file = settings.Get(certificate);
        string trusted = settings.Get(authority);
        return file.Length == 0
            ? null
            : new TlsFiles
            {
                CertificateFile = file,
                KeyFile = settings.Get(key),
                AuthorityFile = trusted.Length == 0 ? null : trusted,
                PinnedSubjects = settings.Get(subjects).Split(
                    ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
            };
    }
}
