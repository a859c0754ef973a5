using System.Net;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;
using Kevo.Replica.Supervision;
using Kevo.Server.Hosting;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>Serves one log to replicas, for the command <c>relay</c>.</summary>
internal sealed class RelayServer
{
    private static readonly HostPort DefaultAddress = new("127.0.0.1", 50052);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly EffectiveSettings _settings;
    private readonly TimeProvider _time;
    private readonly Supervisor _supervisor;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly NodeCertificates _certificates;

    /// <summary>Reads and checks the certificates; nothing listens yet.</summary>
    /// <exception cref="Core.ConfigurationException">A certificate file is unusable; the message names it.</exception>
    public RelayServer(Invocation invocation, Supervisor supervisor, ILoggerFactory loggers)
    {
        _settings = invocation.Settings;
        _time = invocation.Time;
        _supervisor = supervisor;
        _loggers = loggers;
        _logger = loggers.CreateLogger<RelayServer>();
        _certificates = new NodeCertificates(_settings, LinuxFileSystem.Instance, _time);
    }

    /// <summary>Serves the log until the process is asked to stop or the source ends with an error.</summary>
    /// <exception cref="Core.KevoException">What ended the source, or an address that cannot be bound.</exception>
    public async Task RunAsync(RelaySource source, CancellationToken stop)
    {
        HostPort address = _settings.Get(NodeSettings.RelayListen) ?? DefaultAddress;
        IPEndPoint bound = ListenAddress.Resolve(NodeSettings.RelayListen, address);
        var service = new RelayService(
            source.Log, RelaySettings.Options(_settings, source.NodeId), _time, _loggers.CreateLogger<RelayService>());
        using var retention = new RelayRetention(
            source.Log,
            service,
            RelaySettings.Retention(_settings, Path.GetFullPath(_settings.Get(NodeSettings.Data)), source.Deletes),
            _time,
            _loggers.CreateLogger<RelayRetention>());
        using var watcher = new CertificateWatcher(
            _certificates.InUse, NodeCertificates.Interval, _loggers.CreateLogger<CertificateWatcher>(), _time);
        await using RelayHost host = await RelayHost.StartAsync(service, HostOptions(bound), stop);
        NodeLog.RelayListening(_logger, host.Address.ToString());
        if (_certificates.Relay is null && !address.IsLoopback)
        {
            NodeLog.ListensInTheOpen(_logger, NodeSettings.RelayListen.Flag, address.ToString());
        }

        _supervisor.Started(Supervise(source, watcher));
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.Register(stopped.SetResult))
        {
            if (await Task.WhenAny(stopped.Task, source.Ended) == source.Ended && !stop.IsCancellationRequested)
            {
                await source.Ended;
            }
        }
    }

    private RelayHostOptions HostOptions(IPEndPoint bound) => new()
    {
        Address = bound,
        Tls = _certificates.Relay,
        MaxConnections = (int)_settings.Get(ServerSettings.MaxConnections),
    };

    private SupervisedWork Supervise(RelaySource source, CertificateWatcher watcher)
    {
        LoopWatch? watch = source.Pulse is { } pulse ? new LoopWatch(pulse, static () => { }, Patience, _time) : null;
        return new SupervisedWork
        {
            Status = () => $"serving the log, durable up to {source.Log.Durable}",
            IsAlive = () => watch?.Look() ?? true,
            Hangs = () => SupervisionLog.LoopHangs(_logger, Patience.TotalSeconds, "COPYING"),
            RenewCertificates = watcher.Look,
        };
    }
}
