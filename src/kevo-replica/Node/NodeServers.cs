using Kevo.Core;
using Kevo.Platform.Tls;
using Kevo.Replica.Configuration;
using Kevo.Server.Admin;
using Kevo.Server.Consistency;
using Kevo.Server.Hosting;
using Kevo.Server.Metrics;
using Kevo.Server.Reads;
using Kevo.Server.Reporting;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>What a node shows to clients and operators: the read service, the admin endpoint and the metrics.</summary>
internal sealed class NodeServers : IAsyncDisposable
{
    private static readonly TimeSpan FlushLimit = TimeSpan.FromMilliseconds(300);

    private readonly ReplicaMetrics _metrics;
    private readonly Readiness _readiness;
    private volatile EffectiveSettings _settings;
    private readonly CertificateWatcher _certificates;
    private readonly ReadServer? _reads;
    private readonly AdminServer? _admin;
    private readonly OtlpExport? _export;

    /// <summary>Builds what the settings ask for; nothing listens yet.</summary>
    /// <param name="settings">The settings in effect.</param>
    /// <param name="directory">The open data directory.</param>
    /// <param name="certificates">The certificates of all endpoints.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where the servers log.</param>
    /// <exception cref="ConfigurationException">An address is unusable.</exception>
    public NodeServers(
        EffectiveSettings settings,
        DataDirectory directory,
        NodeCertificates certificates,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        _settings = settings;
        var limits = new ReadinessLimits { MaxLag = settings.Get(ServerSettings.ReadyLag) };
        _metrics = new ReplicaMetrics(BuildInformation.Version, time);
        Status = new FollowerStatus(_metrics, limits.MaxSilence, time)
        {
            StoreFailure = () => directory.Store.Failure,
            StoreTrouble = () => directory.Store.BackgroundFailure,
        };
        _certificates = new CertificateWatcher(
            certificates.InUse, NodeCertificates.Interval, loggers.CreateLogger<CertificateWatcher>(), time);
        _readiness = new Readiness(Status, limits, time) { Certificates = _certificates.Expiries };
        _metrics.ObserveReplica(Status, directory.Store);
        _metrics.ObserveReadiness(_readiness);
        _metrics.ObserveCertificates(_certificates.Expiries);
        string nodeId = directory.Node.NodeId;
        if (settings.Get(NodeSettings.Listen) is { } address)
        {
            _reads = new ReadServer(
                ReadOptions(settings, nodeId, address, certificates),
                directory.Store, Status, _readiness, _metrics, loggers, time);
        }

        if (settings.Get(NodeSettings.Admin) is { } adminAddress)
        {
            _admin = CreateAdmin(directory, adminAddress, certificates.Admin, loggers, time);
        }

        _export = CreateExport(settings, nodeId);
    }

    /// <summary>What status, readiness and metrics say of the follower; its observer.</summary>
    public FollowerStatus Status { get; }

    /// <summary>The address that the primary and clients are told; null when no reads are served.</summary>
    public string? AdvertisedAddress => _reads?.AdvertisedAddress;

    /// <summary>Client calls answered so far.</summary>
    public long CallsServed => _reads?.GetActivity().Calls ?? 0;

    /// <summary>Whether anybody can ask for the status.</summary>
    public bool TellsStatus => _admin is not null;

    /// <summary>Listens. The admin endpoint is first, so that a slow start can be watched.</summary>
    /// <exception cref="ConfigurationException">An address is taken or not of this machine.</exception>
    public async Task StartAsync(CancellationToken stop)
    {
        if (_admin is not null)
        {
            await _admin.StartAsync(stop);
        }

        if (_reads is not null)
        {
            await _reads.StartAsync(stop);
        }
    }

    /// <summary>From here on the node is not ready, so that load balancers send nobody any more.</summary>
    public void BeginDraining() => _readiness.BeginDraining();

    /// <summary>Takes the settings into use that may change while the node runs.</summary>
    public void Apply(EffectiveSettings settings)
    {
        _settings = settings;
        _readiness.Limits = _readiness.Limits with { MaxLag = settings.Get(ServerSettings.ReadyLag) };
        _reads?.ChangeLimits(
            settings.Get(ServerSettings.MaxStaleness), (int)settings.Get(ServerSettings.MaxRequestRate));
    }

    /// <summary>Looks at the certificate files now.</summary>
    /// <returns>How many endpoints have new certificates.</returns>
    public int RenewCertificates() => _certificates.Look();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_reads is not null)
        {
            await _reads.DisposeAsync();
        }

        if (_admin is not null)
        {
            await _admin.DisposeAsync();
        }

        _export?.Flush(FlushLimit);
        _export?.Dispose();
        _certificates.Dispose();
        _metrics.Dispose();
    }

    private static IReadOnlyList<ConfigurationItem> Describe(EffectiveSettings settings) =>
    [
        .. SettingTable.Persistent.Select(setting => new ConfigurationItem(
            setting.Name, settings.Of(setting).Text, settings.Of(setting).Origin.ToString().ToLowerInvariant(),
            setting.Secret)),
    ];

    private static ReadServerOptions ReadOptions(
        EffectiveSettings settings,
        string nodeId,
        HostPort address,
        NodeCertificates certificates) => new()
        {
            Listen = Server.Hosting.ListenAddress.Parse(address.ToString()),
            Certificates = certificates.Listen,
            ForwardWrites = settings.Get(ServerSettings.ForwardWrites),
            PrimaryCertificates = certificates.Primary,
            PrimaryServerName = settings.Get(ConnectionSettings.TlsServerName) is { Length: > 0 } name ? name : null,
            MaxConnections = (int)settings.Get(ServerSettings.MaxConnections),
            MaxStreamsPerConnection = (int)settings.Get(ServerSettings.MaxStreams),
            MaxMessageLength = (int)settings.Get(ServerSettings.MaxMessageSize),
            StopLimit = TimeSpan.FromMilliseconds(500),
            Service = new ReadServiceOptions
            {
                NodeId = nodeId,
                AdvertisedAddress = settings.Get(NodeSettings.Advertise)?.ToString() ?? "",
                PrimaryClientAddress = ConnectionSettings.PrimaryClientOf(settings).ToString(),
                AnnouncedPrimaryAddress = settings.Get(ServerSettings.AnnouncePrimary)?.ToString() ?? "",
                MaxRequestsPerSecond = (int)settings.Get(ServerSettings.MaxRequestRate),
                Consistency = new ConsistencyLimits { MaxStaleness = settings.Get(ServerSettings.MaxStaleness) },
            },
        };

    private static OtlpExport? CreateExport(EffectiveSettings settings, string nodeId)
    {
        string endpoint = settings.Get(ServerSettings.OtlpEndpoint);
        if (endpoint.Length == 0)
        {
            return null;
        }

        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https"))
        {
            throw new ConfigurationException(
                $"{ServerSettings.OtlpEndpoint.Flag}: \"{endpoint}\" is no http or https URL, such as "
                + "http://localhost:4317.");
        }

        var options = new OtlpOptions { Endpoint = uri, UseHttp = uri.AbsolutePath.Length > 1 };
        return new OtlpExport(options, nodeId, BuildInformation.Version);
    }

    private AdminServer CreateAdmin(
        DataDirectory directory,
        HostPort address,
        CertificateSource? certificates,
        ILoggerFactory loggers,
        TimeProvider time)
    {
        var description = new NodeDescription
        {
            Id = directory.Node.NodeId,
            Version = BuildInformation.Version,
            StartedAt = time.GetUtcNow(),
            DataDirectory = directory.FullPath,
        };
        var source = new StatusSource(description, Status, directory.Store, _readiness, _metrics, time)
        {
            Configuration = () => Describe(_settings),
        };
        if (_reads is { } reads)
        {
            source.Server = reads.GetActivity;
        }

        var options = new AdminServerOptions
        {
            Listen = Server.Hosting.ListenAddress.Parse(address.ToString()),
            Certificates = certificates,
        };
        return new AdminServer(options, source, _metrics, loggers);
    }
}
