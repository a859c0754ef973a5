using Kevo.Platform;
using Kevo.Platform.Tls;
using Kevo.Replica.Configuration;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.Replica.Node;

/// <summary>Translates the settings of the table into those of the replication room.</summary>
internal static class ReplicationSettings
{
    // A stock primary refuses an empty address; a node that serves no reads names one that nobody can connect to.
    private const string NoReads = "127.0.0.1:0";

    /// <summary>The options of the replica.</summary>
    public static ReplicaOptions From(EffectiveSettings settings, string nodeId) => new()
    {
        PrimaryAddress = settings.Get(ConnectionSettings.Primary)!.ToString(),
        Tls = TlsOf(settings),
        TlsServerName = Named(settings.Get(ConnectionSettings.TlsServerName)),
        DialTimeout = settings.Get(ConnectionSettings.DialTimeout),
        MaxRetries = (int)settings.Get(ConnectionSettings.MaxRetries),
        KeepRetrying = !settings.Get(ConnectionSettings.ExitWhenUnreachable),
        RetryBaseDelay = settings.Get(ConnectionSettings.RetryBaseDelay),
        RetryMaxDelay = settings.Get(ConnectionSettings.RetryMaxDelay),
        RetryMultiplier = settings.Get(ConnectionSettings.RetryMultiplier),
        CompressionSupported = settings.Get(ConnectionSettings.Compression),
        PreferredCodec = Enum.Parse<CompressionCodec>(
            settings.Get(ConnectionSettings.PreferredCodec), ignoreCase: true),
        ProtocolVersion = (uint)settings.Get(ConnectionSettings.ProtocolVersion),
        AckInterval = settings.Get(ConnectionSettings.AckInterval),
        MaxBatchBytes = (int)settings.Get(ConnectionSettings.MaxBatchSize),
        MaxDecompressedBytes = (int)settings.Get(ConnectionSettings.MaxDecompressedSize),
        ReceiveQueueBytes = (int)settings.Get(ConnectionSettings.ReceiveQueueSize),
        SilenceLimit = settings.Get(ConnectionSettings.SilenceLimit),
        GapTimeout = settings.Get(ConnectionSettings.GapTimeout),
        ReportMetrics = settings.Get(NodeSettings.ReportMetrics),
        ListenerAddress = AdvertisedAddress(settings),
        Follow = Enum.Parse<FollowMode>(settings.Get(ConnectionSettings.Follow), ignoreCase: true),
        NodeId = nodeId,
        Snapshots = new SnapshotOptions
        {
            Bootstrap = Rule<BootstrapRule>(settings, SnapshotSettings.Bootstrap),
            OnRotation = Rule<RotationRule>(settings, SnapshotSettings.OnRotation),
            OnDivergence = Rule<DivergenceRule>(settings, SnapshotSettings.OnDivergence),
            Interval = settings.Get(SnapshotSettings.Interval),
            CheckInterval = settings.Get(SnapshotSettings.CheckInterval),
            SilenceLimit = settings.Get(SnapshotSettings.RotationCheckInterval),
        },
    };

    /// <summary>The read service that snapshots come from.</summary>
    /// <exception cref="Core.ConfigurationException">The address or a certificate file is unusable.</exception>
    public static GrpcPrimaryReader Reader(
        EffectiveSettings settings,
        ReplicaOptions options,
        IFileSystem fileSystem,
        TimeProvider time,
        CertificateSource? certificates) => new(
            options.Connector with { Address = ConnectionSettings.PrimaryClientOf(settings).ToString() },
            fileSystem,
            time,
            certificates);

    /// <summary>The address that the primary and clients are told.</summary>
    public static string AdvertisedAddress(EffectiveSettings settings) =>
        (settings.Get(NodeSettings.Advertise) ?? settings.Get(NodeSettings.Listen))?.ToString() ?? NoReads;

    /// <summary>The certificate files towards the primary or server; null without TLS.</summary>
    public static TlsFiles? TlsOf(EffectiveSettings settings) => settings.Get(ConnectionSettings.Tls)
        ? new TlsFiles
        {
            AuthorityFile = Named(settings.Get(ConnectionSettings.TlsCa)),
            CertificateFile = Named(settings.Get(ConnectionSettings.TlsCertificate)),
            KeyFile = Named(settings.Get(ConnectionSettings.TlsKey)),
        }
        : null;

    private static T Rule<T>(EffectiveSettings settings, TypedSetting<string> setting)
        where T : struct, Enum => Enum.Parse<T>(settings.Get(setting), ignoreCase: true);

    private static string? Named(string path) => path.Length == 0 ? null : path;
}
