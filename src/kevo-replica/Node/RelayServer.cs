using System.Net;
using Kevo.Core;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Sidecar;
using Kevo.Replica.Commands;
using Kevo.Replica.Configuration;
using Kevo.Replica.Supervision;
using Kevo.Replica.Terminal;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>Serves one log to replicas, for the command <c>relay</c>.</summary>
internal sealed class RelayServer
{
    private static readonly HostPort DefaultAddress = new("127.0.0.1", 50052);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan DisplayInterval = TimeSpan.FromMilliseconds(250);

    private readonly EffectiveSettings _settings;
    private readonly TimeProvider _time;
    private readonly Supervisor _supervisor;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly NodeCertificates _certificates;
    private readonly OperatorView _view;
    private readonly FailureLinger _linger;

    /// <summary>Nothing listens yet.</summary>
    /// <param name="invocation">Settings and clock.</param>
    /// <param name="supervisor">Told when the relay works, and watches over it.</param>
    /// <param name="loggers">Where everything logs.</param>
    /// <param name="certificates">The certificates of all endpoints.</param>
    /// <param name="view">What operators see; stays the caller's.</param>
    /// <param name="linger">How long an error that ended the source is told.</param>
    public RelayServer(
        Invocation invocation,
        Supervisor supervisor,
        ILoggerFactory loggers,
        NodeCertificates certificates,
        OperatorView view,
        FailureLinger linger)
    {
        _settings = invocation.Settings;
        _time = invocation.Time;
        _supervisor = supervisor;
        _loggers = loggers;
        _logger = loggers.CreateLogger<RelayServer>();
        _certificates = certificates;
        _view = view;
        _linger = linger;
    }

    /// <summary>Serves the log until the process is asked to stop or the source ends with an error.</summary>
    /// <exception cref="KevoException">What ended the source, or an address that cannot be bound.</exception>
    public async Task RunAsync(RelaySource source, IWorkDisplay display, CancellationToken stop)
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
        await using RelayHost host = await RelayHost.StartAsync(service, HostOptions(bound), stop);
        _view.Show(() => RelaySettings.Describe(host));
        NodeLog.RelayListening(_logger, host.Address.ToString());
        if (_certificates.Relay is null && !address.IsLoopback)
        {
            NodeLog.ListensInTheOpen(_logger, NodeSettings.RelayListen.Flag, address.ToString());
        }

        _supervisor.Started(Supervise(source, host));
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using ITimer? showing = source.Sidecar is { } sidecar ? ShowBacklog(sidecar, display) : null;
        await using (stop.Register(stopped.SetResult))
        await using (stop.Register(_view.Readiness.BeginDraining))
        {
            if (await Task.WhenAny(stopped.Task, source.Ended) == source.Ended && !stop.IsCancellationRequested)
            {
                await MeetEndAsync(source.Ended, stop);
            }
        }
    }

    // What is held is served on while the reason is told.
    private async Task MeetEndAsync(Task ended, CancellationToken stop)
    {
        try
        {
            await ended;
        }
        catch (KevoException failure)
        {
            _supervisor.Failed(failure);
            await _linger.AfterWorkAsync(failure, _view.TellsStatus, stop);
            throw;
        }
    }

    // Shows the first copying of what stock had written before; afterwards there is always a little.
    private ITimer ShowBacklog(StockSidecar sidecar, IWorkDisplay display)
    {
        long most = 0;
        bool over = false;
        return _time.CreateTimer(_ => Look(), null, DisplayInterval, DisplayInterval);

        void Look()
        {
            long behind = sidecar.Status.BytesBehind;
            over |= most > 0 && behind == 0;
            most = Math.Max(most, behind);
            if (over || behind == 0)
            {
                display.Hide();
            }
            else
            {
                display.Report(new WorkProgress("copying the stock log", most - behind, most));
            }
        }
    }

    private RelayHostOptions HostOptions(IPEndPoint bound) => new()
    {
        Address = bound,
        Tls = _certificates.Relay,
        MaxConnections = (int)_settings.Get(ServerSettings.MaxConnections),
        MaxRequestsPerSecond = (int)_settings.Get(ServerSettings.RelayMaxRequestRate),
    };

    private SupervisedWork Supervise(RelaySource source, RelayHost host)
    {
        LoopWatch? watch = source.Sidecar is { } sidecar
            ? new LoopWatch(() => sidecar.Pulse, static () => { }, Patience, _time) : null;
        return new SupervisedWork
        {
            Status = () => $"serving the log, durable up to {source.Log.Durable}",
            // One that has failed for good does not hang: it tells why for a while, and then ends by itself.
            IsAlive = () => source.Ended.IsCompleted || (watch?.Look() ?? true),
            Hangs = () => SupervisionLog.LoopHangs(_logger, Patience.TotalSeconds, "COPYING"),
            Apply = settings =>
            {
                _view.Apply(settings);
                host.MaxRequestsPerSecond = (int)settings.Get(ServerSettings.RelayMaxRequestRate);
            },
            RenewCertificates = _view.RenewCertificates,
        };
    }
}
