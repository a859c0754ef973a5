using Grpc.AspNetCore.Server.Model;
using Grpc.Health.V1;
using Grpc.Reflection;
using Kevo.Core;
using Kevo.Server.Forwarding;
using Kevo.Server.Metrics;
using Kevo.Server.Reads;
using Kevo.Server.Reporting;
using Kevo.Storage;
using Kevo.Wire.Contracts.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kevo.Server.Hosting;

/// <summary>
/// Serves Kevo's client protocol, gRPC health checks and reflection on one address. Start once, stop once. Store,
/// status and metrics belong to the caller and must outlive the server.
/// </summary>
public sealed partial class ReadServer : IAsyncDisposable
{
    private static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PingLimit = TimeSpan.FromSeconds(10);

    private readonly ReadServerOptions _options;
    private readonly RpcStatistics _statistics = new();
    private readonly PrimaryForwarder? _forwarder;
    private readonly KevoReadService _service;
    private readonly RequestRate _rate;
    private readonly RpcBoundary _boundary;
    private readonly ImmediateGet _immediate;
    private readonly WebApplication _app;
    private readonly ILogger _logger;
    private int _port;
    private bool _stopped;

    /// <summary>
    /// Builds the server without listening yet, and publishes its figures to <paramref name="metrics"/>.
    /// </summary>
    /// <exception cref="ConfigurationException">The options contradict each other; the message says which.</exception>
    public ReadServer(
        ReadServerOptions options,
        IKeyValueStore store,
        IReplicaStatus status,
        Readiness readiness,
        ReplicaMetrics metrics,
        ILoggerFactory loggers,
        TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(loggers);
        ArgumentNullException.ThrowIfNull(time);
        Check(options);
        _options = options;
        _logger = loggers.CreateLogger<ReadServer>();
        _forwarder = options.ForwardWrites
            ? new PrimaryForwarder(
                options.Service.PrimaryClientAddress, options.PrimaryCertificates, options.PrimaryServerName)
            : null;
        _service = new KevoReadService(store, status, options.Service, _statistics, _forwarder, time);
        _rate = new RequestRate(options.Service.MaxRequestsPerSecond, time);
        _boundary = new RpcBoundary(_rate, _statistics, metrics, time, _logger);
        metrics.ObserveServer(_service, _statistics, _forwarder);
        _immediate = new ImmediateGet(store, _service.Consistency, _boundary, _statistics);
        _app = Build(new HealthService(readiness, status, time), loggers);
    }

    /// <summary>The port it listens on; 0 before <see cref="StartAsync"/>.</summary>
    public int Port => _port;

    /// <summary>host:port it listens on, with the port the system chose.</summary>
    public string Address => _options.Listen.WithPort(_port).ToString();

    /// <summary>host:port clients are told.</summary>
    public string AdvertisedAddress => _service.AdvertisedAddress;

    /// <summary>Begins to listen.</summary>
    /// <exception cref="ConfigurationException">The address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Certificates is null && !_options.Listen.IsLoopback)
        {
            LogPlainText(_logger, _options.Listen);
        }

        _port = await KestrelHost.StartAsync(_app, _options.Listen, "listen", cancellationToken);
        _service.AdvertisedAddress =
            _options.Service.AdvertisedAddress.Length > 0 ? _options.Service.AdvertisedAddress : Address;
        LogListening(_logger, Address, _service.AdvertisedAddress);
    }

    /// <summary>
    /// Refuses new calls, ends open transactions, and gives running calls the time of the options to end.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_stopped)
        {
            return;
        }

        _stopped = true;
        _boundary.Stop();
        _service.Dispose();
        await _app.StopAsync(cancellationToken);
    }

    /// <summary>Changes the limits that may change while calls are served.</summary>
    /// <param name="maxStaleness">As <see cref="Consistency.ConsistencyLimits.MaxStaleness"/>.</param>
    /// <param name="maxRequestsPerSecond">As <see cref="ReadServiceOptions.MaxRequestsPerSecond"/>.</param>
    public void ChangeLimits(TimeSpan? maxStaleness, int maxRequestsPerSecond)
    {
        _service.Consistency.Limits = _service.Consistency.Limits with { MaxStaleness = maxStaleness };
        _rate.PerSecond = maxRequestsPerSecond;
    }

    /// <summary>What the server is doing now, for the status page.</summary>
    public ServerActivity GetActivity()
    {
        long calls = 0;
        long failed = 0;
        long active = 0;
        foreach (RpcKind kind in Enum.GetValues<RpcKind>())
        {
            calls += _statistics[kind].Count;
            failed += _statistics[kind].Failed;
            active += _statistics[kind].Active;
        }

        return new ServerActivity
        {
            Address = Address,
            AdvertisedAddress = AdvertisedAddress,
            Calls = calls,
            FailedCalls = failed,
            ActiveCalls = active,
            OpenTransactions = _service.Transactions.Count,
            WaitingReads = _service.Consistency.Waiting,
            StaleRefusals = _service.Consistency.StaleRefusals,
            RowsSent = _statistics.RowsSent,
            BytesSent = _statistics.BytesSent,
        };
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private static void Check(ReadServerOptions options)
    {
        if (options.Listen.IsWildcard && options.Service.AdvertisedAddress.Length == 0)
        {
            throw new ConfigurationException(
                $"Listening on every address ({options.Listen}) needs an advertised address: "
                + "clients cannot dial a wildcard.");
        }

        if (options.ForwardWrites && options.Service.PrimaryClientAddress.Length == 0)
        {
            throw new ConfigurationException(
                "Passing writes on needs the address of the primary's client service, and none is set.");
        }
    }

    private WebApplication Build(HealthService health, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = KestrelHost.CreateBuilder(
            _options.Listen, _options.Certificates, HttpProtocols.Http2, loggers, Limit);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = _options.StopLimit);
        builder.Services.AddSingleton<IServiceMethodProvider<KevoReadService>>(
            new KevoServiceBinding(_service, _boundary));
        builder.Services.AddSingleton(health);
        builder.Services.AddSingleton(new ReflectionServiceImpl(KevoService.Descriptor, Health.Descriptor));
        builder.Services.AddSingleton(new ReflectionV1ServiceImpl(KevoService.Descriptor, Health.Descriptor));
        builder.Services
            .AddGrpc(grpc =>
            {
                grpc.MaxReceiveMessageSize = _options.MaxMessageLength;
                grpc.MaxSendMessageSize = null;
            })
            .AddServiceOptions<KevoReadService>(grpc => grpc.SuppressCreatingService = true);
        WebApplication app = builder.Build();
        app.Use(_immediate.InvokeAsync);

        // Said here, or it would happen before.
        app.UseRouting();
        app.MapGrpcService<KevoReadService>();
        app.MapGrpcService<HealthService>();
        app.MapGrpcService<ReflectionServiceImpl>();
        app.MapGrpcService<ReflectionV1ServiceImpl>();
        return app;
    }

    private void Limit(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxConcurrentConnections = _options.MaxConnections;
        kestrel.Limits.KeepAliveTimeout = _options.IdleConnectionLimit;
        kestrel.Limits.MaxRequestBodySize = null;
        // A slow reader is ended by the scan's own limit: this one would end its whole connection, other calls
        // included.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.MaxStreamsPerConnection = _options.MaxStreamsPerConnection;
        kestrel.Limits.Http2.KeepAlivePingDelay = PingDelay;
        kestrel.Limits.Http2.KeepAlivePingTimeout = PingLimit;
    }

    [LoggerMessage(5010, LogLevel.Information, "Reads are served at {Address}; clients are told {Advertised}")]
    private static partial void LogListening(ILogger logger, string address, string advertised);

    [LoggerMessage(5011, LogLevel.Warning, "Reads are served at {Address} without TLS and not only to this machine")]
    private static partial void LogPlainText(ILogger logger, ListenAddress address);
}
