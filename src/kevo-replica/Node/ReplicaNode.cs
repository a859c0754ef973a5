using System.Net;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Replica.Configuration;
using Kevo.Replica.Supervision;
using Kevo.Replica.Terminal;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Receive;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>The daemon: the rooms wired together over one data directory.</summary>
internal sealed class ReplicaNode : IAsyncDisposable
{
    private static readonly TimeSpan PathInterval = TimeSpan.FromSeconds(1);

    private readonly EffectiveSettings _settings;
    private readonly IFileSystem _fileSystem;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly DataDirectory _directory;
    private readonly ReplicaOptions _options;
    private readonly GrpcPrimaryConnector _connector;
    private readonly GrpcPrimaryReader _reader;
    private readonly NodeCertificates _certificates;
    private readonly NodeServers _servers;
    private Replication.Follow.Replica? _replica;
    private volatile bool _resyncs;
    private RelayHost? _relay;
    private RelayRetention? _retention;
    private ITimer? _upstream;

    private ReplicaNode(
        EffectiveSettings settings,
        IFileSystem fileSystem,
        TimeProvider time,
        ILoggerFactory loggers,
        DataDirectory directory,
        ReplicaOptions options,
        GrpcPrimaryConnector connector,
        GrpcPrimaryReader reader,
        NodeCertificates certificates,
        NodeServers servers)
    {
        _settings = settings;
        _fileSystem = fileSystem;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<ReplicaNode>();
        _directory = directory;
        _options = options;
        _connector = connector;
        _reader = reader;
        _certificates = certificates;
        _servers = servers;
    }

    /// <summary>Checks the settings, takes the data directory and recovers its store. Nothing runs yet.</summary>
    /// <exception cref="Core.KevoException">A setting, a certificate or the directory is unusable.</exception>
    public static ReplicaNode Open(
        EffectiveSettings settings,
        IFileSystem fileSystem,
        TimeProvider time,
        ILoggerFactory loggers,
        IProgress<WorkProgress>? progress,
        CancellationToken stop)
    {
        NodeCertificates certificates = NodeCheck.Run(settings, fileSystem, time);
        DataDirectory directory = DataDirectory.Open(settings, fileSystem, time, loggers, progress, stop);
        try
        {
            ReplicaOptions options = ReplicationSettings.From(settings, directory.Node.NodeId);
            var connector = new GrpcPrimaryConnector(
                options.Connector, fileSystem, time, pool: null, certificates.Primary);
            var reader = new GrpcPrimaryReader(
                options.Connector with { Address = ConnectionSettings.PrimaryClientOf(settings).ToString() },
                fileSystem,
                time,
                certificates.Primary);
            var servers = new NodeServers(settings, directory, certificates, time, loggers);
            return new ReplicaNode(
                settings, fileSystem, time, loggers, directory, options, connector, reader, certificates, servers);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Follows the primary until told to stop, then syncs, acknowledges and closes.</summary>
    /// <param name="supervisor">Told when the node works, and watches over it.</param>
    /// <param name="bar">Shows a person how far the node is while it catches up; null when nobody watches.</param>
    /// <param name="stop">Cancelled when the process is asked to stop.</param>
    /// <returns>
    /// False when it was stopped; true when a new store waits to be put in place, for which the node is opened again.
    /// </returns>
    /// <exception cref="Core.KevoException">What ended it before.</exception>
    public async Task<bool> RunAsync(Supervisor supervisor, ProgressBar? bar, CancellationToken stop)
    {
        await _servers.StartAsync(stop);
        _replica = CreateReplica();
        await StartRelayAsync(stop);
        _directory.LetHistoryGo();
        NodeLog.Started(
            _logger,
            _directory.Node.NodeId,
            _settings.Get(ConnectionSettings.Primary)!.ToString(),
            _directory.FullPath,
            _directory.Store.Durable,
            BuildInformation.Version);
        using var idle = new IdleTrim(WorkDone, IdleTrim.ReleaseMemory, _time);
        await using (stop.Register(_servers.BeginDraining))
        {
            using var progress = new FollowProgress(_replica, bar, _time);
            Task<bool> run = FollowAsync(_replica, stop);
            supervisor.Started(Supervise(_replica));
            if (await run)
            {
                return true;
            }
        }

        PositionSet positions = _replica.Positions.Read();
        NodeLog.Stopped(_logger, positions.Durable.Value, positions.Acknowledged.Value);
        return false;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_upstream is not null)
        {
            await _upstream.DisposeAsync();
        }

        if (_replica is not null)
        {
            await _replica.DisposeAsync();
        }

        await _servers.DisposeAsync();
        if (_relay is not null)
        {
            await _relay.DisposeAsync();
        }

        _retention?.Dispose();
        _directory.Dispose();
    }

    // Made when the servers listen, because the primary is told the address they really have.
    private Replication.Follow.Replica CreateReplica()
    {
        ReplicaOptions options = _servers.AdvertisedAddress is { Length: > 0 } address
            ? _options with { ListenerAddress = address }
            : _options;
        var services = new ReplicaServices
        {
            Time = _time,
            Logger = _loggers.CreateLogger<Replication.Follow.Replica>(),
            Observer = _servers.Status,
            Reader = _reader,
            History = new LogHeldHistory(_directory.Store.Log),
            Spill = new SpillPlace(_fileSystem, _directory.FullPath),
            Mark = new PrimaryMarkFile(_fileSystem, _directory.FullPath),
        };
        var replica = new Replication.Follow.Replica(options, _connector, _directory.Store, services);
        _servers.Status.Attach(replica);
        return replica;
    }

    private async Task<bool> FollowAsync(Replication.Follow.Replica replica, CancellationToken stop)
    {
        try
        {
            await FailureLinger.RunAsync(
                replica, _settings, _servers.TellsStatus, failure => MayResync(replica, failure), _time, _logger, stop);
            return false;
        }
        catch (DivergenceException diverged) when (MayResync(replica, diverged) && !stop.IsCancellationRequested)
        {
            _resyncs = true;
            NodeLog.Resyncing(_logger, diverged.Message, _directory.Store.Durable);
            return await new RelayResync(_settings, _fileSystem, _time, _loggers)
                .RunAsync(_directory, _options, _certificates.Primary, _servers.Status.Attach, stop);
        }
    }

    // A stock primary that is listened to is resynchronised by a snapshot, without ending the replica.
    private bool MayResync(Replication.Follow.Replica replica, KevoException failure) =>
        failure is DivergenceException && replica.FollowsRelay
        && _options.Snapshots.OnDivergence == DivergenceRule.Resync;

    private SupervisedWork Supervise(Replication.Follow.Replica replica)
    {
        var watch = LoopWatch.Over(replica, _settings.Get(ConnectionSettings.DialTimeout), _time);
        return new SupervisedWork
        {
            Status = () => $"{replica.CurrentState.ToName()}, durable up to {replica.Positions.Durable.Value}",
            // A loop that has failed for good does not hang: the node tells why for a while, and then ends by itself.
            IsAlive = () => _resyncs || replica.HasFailed || watch.Look(),
            Hangs = () => SupervisionLog.LoopHangs(
                _logger, replica.States.TimeInState.TotalSeconds, replica.CurrentState.ToName()),
            Apply = _servers.Apply,
            RenewCertificates = _servers.RenewCertificates,
        };
    }

    private async Task StartRelayAsync(CancellationToken stop)
    {
        if (_settings.Get(NodeSettings.RelayListen) is not { } address)
        {
            return;
        }

        IPEndPoint bound = ListenAddress.Resolve(NodeSettings.RelayListen, address);
        var service = new RelayService(
            _directory.Store.Log,
            RelaySettings.Options(_settings, _directory.Node.NodeId),
            _time,
            _loggers.CreateLogger<RelayService>());
        _retention = new RelayRetention(
            _directory.Store.Log,
            service,
            RelaySettings.Retention(_settings, _directory.FullPath, deletes: false),
            _time,
            _loggers.CreateLogger<RelayRetention>());
        _relay = await RelayHost.StartAsync(
            service,
            new RelayHostOptions
            {
                Address = bound,
                Tls = _certificates.Relay,
                MaxConnections = (int)_settings.Get(ServerSettings.MaxConnections),
            },
            stop);
        _upstream = _time.CreateTimer(_ => TellUpstreamPath(service), null, PathInterval, PathInterval);
        NodeLog.RelayListening(_logger, _relay.Address.ToString());
        if (_certificates.Relay is null && !address.IsLoopback)
        {
            NodeLog.ListensInTheOpen(_logger, NodeSettings.RelayListen.Flag, address.ToString());
        }
    }

    private long WorkDone() => _replica!.ReadCounters().Batches + _servers.CallsServed;

    // Replicas of this node see in the path whom it follows, and so recognise themselves in a loop.
    private void TellUpstreamPath(RelayService service)
    {
        ReplicaStatus status = _replica!.GetStatus();
        if (status.RelayNodeId is { } relay)
        {
            service.SetUpstreamPath([relay, .. status.UpstreamPath]);
        }
    }
}
