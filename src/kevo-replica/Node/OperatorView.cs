using Kevo.Core;
using Kevo.Replica.Configuration;
using Kevo.Replica.Supervision;
using Kevo.Server.Admin;
using Kevo.Server.Export;
using Kevo.Server.Hosting;
using Kevo.Server.Metrics;
using Kevo.Server.Reporting;
using Kevo.Storage;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>
/// What a daemon shows its operators, from before its data directory is open until it ends: status, readiness, metrics,
/// traces, and the admin endpoint that serves them. So a long recovery can be watched, and a directory that cannot be
/// used is told where an operator looks.
/// </summary>
internal sealed class OperatorView : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CertificateWatcher _certificates;
    private readonly AdminServer? _admin;
    private readonly DateTimeOffset _startedAt;
    private volatile EffectiveSettings _settings;
    private ConfigurationException? _unable;
    private OtlpExport? _export;
    private bool _disposed;

    /// <summary>Builds what the settings ask for; nothing listens yet.</summary>
    /// <param name="settings">The settings in effect.</param>
    /// <param name="certificates">The certificates of all endpoints.</param>
    /// <param name="address">Where the admin endpoint listens; null for nowhere.</param>
    /// <param name="status">Makes what reports on the daemon's work.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where the servers log.</param>
    /// <exception cref="ConfigurationException">An address is unusable.</exception>
    public OperatorView(
        EffectiveSettings settings,
        NodeCertificates certificates,
        HostPort? address,
        Func<ReplicaMetrics, StartStatus, IReplicaStatus> status,
        TimeProvider time,
        ILoggerFactory loggers)
    {
        _settings = settings;
        _time = time;
        _logger = loggers.CreateLogger<OperatorView>();
        _startedAt = time.GetUtcNow();
        Metrics = new ReplicaMetrics(BuildInformation.Version, time);
        Start = new StartStatus(time);
        IReplicaStatus reporter = status(Metrics, Start);
        _certificates = new CertificateWatcher(
            certificates.InUse, NodeCertificates.Interval, loggers.CreateLogger<CertificateWatcher>(), time);
        Readiness = new Readiness(
            reporter, new ReadinessLimits { MaxLag = settings.Get(ServerSettings.ReadyLag) }, time)
        {
            Certificates = _certificates.Expiries,
        };
        Metrics.ObserveReplica(reporter);
        Metrics.ObserveReadiness(Readiness);
        Metrics.ObserveCertificates(_certificates.Expiries);
        NodeDescription unnamed = Describe(nodeId: "", Path.GetFullPath(settings.Get(NodeSettings.Data)));
        Source = new StatusSource(unnamed, reporter, Readiness, Metrics, time)
        {
            Configuration = () => Items(_settings),
        };
        if (address is not null)
        {
            var options = new AdminServerOptions
            {
                Listen = Server.Hosting.ListenAddress.Parse(address.ToString()),
                Certificates = certificates.Admin,
            };
            _admin = new AdminServer(options, Source, Metrics, loggers);
        }
    }

    /// <summary>The instruments.</summary>
    public ReplicaMetrics Metrics { get; }

    /// <summary>What is said until the directory is open.</summary>
    public StartStatus Start { get; }

    /// <summary>What decides about readiness.</summary>
    public Readiness Readiness { get; }

    /// <summary>What the status is put together from.</summary>
    public StatusSource Source { get; }

    /// <summary>Whether anybody can ask.</summary>
    public bool TellsStatus => _admin is not null && _unable is null;

    /// <summary>
    /// Begins to answer, if the settings ask for it. An address that is taken is told by <see cref="OpenAsync"/>: when
    /// it is taken by another process with the same settings, that this process has the directory says more.
    /// </summary>
    public async Task ListenAsync(CancellationToken stop)
    {
        if (_admin is null)
        {
            return;
        }

        try
        {
            await _admin.StartAsync(stop);
        }
        catch (ConfigurationException taken)
        {
            _unable = taken;
        }
    }

    /// <summary>Opens what the daemon works on, and tells what stands against it.</summary>
    /// <param name="open">Opens it.</param>
    /// <param name="supervisor">Told what stands against it, too.</param>
    /// <param name="linger">How long that is told.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="KevoException">It cannot be opened, or the admin endpoint cannot listen.</exception>
    public async Task<T> OpenAsync<T>(
        Func<T> open, Supervisor supervisor, FailureLinger linger, CancellationToken stop)
        where T : IDisposable
    {
        try
        {
            T opened = open();
            if (_unable is not null)
            {
                opened.Dispose();
                throw _unable;
            }

            Start.Complete();
            return opened;
        }
        catch (KevoException failure)
        {
            Start.Fail(failure);
            supervisor.Failed(failure);
            await linger.AfterStartAsync(failure, TellsStatus, stop);
            throw;
        }
    }

    /// <summary>From here on it is known who the node is, and what is to be sent to a collector is.</summary>
    public void Identify(string nodeId, string directory)
    {
        Source.Node = Describe(nodeId, directory);
        _export = Telemetry.Start(_settings, nodeId, _logger);
    }

    /// <summary>From here on the figures of the store are shown.</summary>
    public void Show(IKeyValueStore store)
    {
        Source.Store = store;
        Metrics.ObserveStore(store);
    }

    /// <summary>From here on what is done for replicas of this node is shown.</summary>
    public void Show(Func<RelayActivity> relay)
    {
        Source.Relay = relay;
        Metrics.ObserveRelay(relay);
    }

    /// <summary>From here on what a sidecar copies is shown.</summary>
    public void Show(Func<SidecarActivity> sidecar)
    {
        Source.Sidecar = sidecar;
        Metrics.ObserveSidecar(sidecar);
    }

    /// <summary>Takes the settings into use that may change while the daemon runs.</summary>
    public void Apply(EffectiveSettings settings)
    {
        _settings = settings;
        Readiness.Limits = Readiness.Limits with { MaxLag = settings.Get(ServerSettings.ReadyLag) };
    }

    /// <summary>Looks at the certificate files now.</summary>
    /// <returns>How many endpoints have new certificates.</returns>
    public int RenewCertificates() => _certificates.Look();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (_admin is not null)
        {
            await _admin.DisposeAsync();
        }

        _export?.Dispose();
        _certificates.Dispose();
        Metrics.Dispose();
    }

    private NodeDescription Describe(string nodeId, string directory) => new()
    {
        Id = nodeId,
        Version = BuildInformation.Version,
        StartedAt = _startedAt,
        DataDirectory = directory,
    };

    private static IReadOnlyList<ConfigurationItem> Items(EffectiveSettings settings) =>
    [
        .. SettingTable.Persistent.Select(setting => new ConfigurationItem(
            setting.Name, settings.Of(setting).Text, settings.Of(setting).Origin.ToString().ToLowerInvariant(),
            setting.Secret)),
    ];
}
