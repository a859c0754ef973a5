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
using Kevo.Server.Hosting;
using Kevo.Server.Metrics;
using Kevo.Server.Reporting;
using Kevo.Storage;
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
    private readonly OperatorView _view;
    private readonly FollowerStatus _status;
    private readonly FailureLinger _linger;
    private readonly ReadServer? _reads;
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
        NodeCertificates certificates,
        OperatorView view,
        FollowerStatus status,
        FailureLinger linger,
        DataDirectory directory)
    {
        _settings = settings;
        _fileSystem = fileSystem;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<ReplicaNode>();
        _certificates = certificates;
        _view = view;
        _status = status;
        _linger = linger;
        _directory = directory;
        _options = ReplicationSettings.From(settings, directory.Node.NodeId);
        _connector = new GrpcPrimaryConnector(
            _options.Connector, fileSystem, time, pool: null, certificates.Primary);
        _reader = ReplicationSettings.Reader(settings, _options, fileSystem, time, certificates.Primary);
        if (ReadSettings.From(settings, directory.Node.NodeId, certificates) is { } reads)
        {
            _reads = new ReadServer(
                reads, directory.Store, status, view.Readiness, view.Metrics, loggers, time);
            view.Source.Server = _reads.GetActivity;
        }

        view.Show(directory.Store);
    }

    /// <summary>
    /// Checks the settings, lets operators look on, takes the data directory and recovers its store. Nothing is
    /// followed yet.
    /// </summary>
    /// <param name="settings">The settings in effect.</param>
    /// <param name="fileSystem">The disk.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where everything logs.</param>
    /// <param name="display">Shows how far recovery is.</param>
    /// <param name="supervisor">Told when the directory cannot be used.</param>
    /// <param name="linger">Tells for how long that is told.</param>
    /// <param name="stop">Cancelled when the process is asked to stop.</param>
    /// <exception cref="Core.KevoException">A setting, a certificate or the directory is unusable.</exception>
    public static async Task<ReplicaNode> OpenAsync(
        EffectiveSettings settings,
        IFileSystem fileSystem,
        TimeProvider time,
        ILoggerFactory loggers,
        IWorkDisplay display,
        Supervisor supervisor,
        FailureLinger linger,
        CancellationToken stop)
    {
        NodeCertificates certificates = NodeCheck.Run(settings, fileSystem, time);
        DataDirectory? directory = null;
        FollowerStatus? status = null;
        var view = new OperatorView(
            settings, certificates, settings.Get(NodeSettings.Admin), MakeStatus, time, loggers);
        bool opened = false;
        try
        {
            await view.ListenAsync(stop);
            var progress = new SharedProgress(display, view.Start);
            directory = await view.OpenAsync(
                () => DataDirectory.Open(
                    settings, fileSystem, time, loggers, progress,
                    (node, place) => view.Identify(node.NodeId, place), stop),
                supervisor,
                linger,
                stop);
            display.Hide();
            var made = new ReplicaNode(
                settings, fileSystem, time, loggers, certificates, view, status!, linger, directory);
            opened = true;
            return made;
        }
        finally
        {
            if (!opened)
            {
                await view.DisposeAsync();
                directory?.Dispose();
            }
        }

        FollowerStatus MakeStatus(ReplicaMetrics metrics, StartStatus start) =>
            status = new FollowerStatus(metrics, new ReadinessLimits().MaxSilence, time)
            {
                Start = start,
                PrimaryAddress = settings.Get(ConnectionSettings.Primary)!.ToString(),
                StoreFailure = () => directory?.Store.Failure,
                StoreTrouble = () => directory?.Store.BackgroundFailure,
            };
    }

    /// <summary>Follows the primary until told to stop, then syncs, acknowledges and closes.</summary>
    /// <param name="supervisor">Told when the node works, and watches over it.</param>
    /// <param name="display">Shows how far the node is while it catches up.</param>
    /// <param name="stop">Cancelled when the process is asked to stop.</param>
    /// <returns>
    /// False when it was stopped; true when a new store waits to be put in place, for which the node is opened again.
    /// </returns>
    /// <exception cref="Core.KevoException">What ended it before.</exception>
    public async Task<bool> RunAsync(Supervisor supervisor, IWorkDisplay display, CancellationToken stop)
    {
        if (_reads is not null)
        {
            await _reads.StartAsync(stop);
        }

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
        await using (stop.Register(_view.Readiness.BeginDraining))
        {
            using var progress = new FollowProgress(_replica, display, _time);
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

        if (_reads is not null)
        {
            await _reads.DisposeAsync();
        }

        await _view.DisposeAsync();
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
        ReplicaOptions options = _reads?.AdvertisedAddress is { Length: > 0 } address
            ? _options with { ListenerAddress = address }
            : _options;
        var services = new ReplicaServices
        {
            Time = _time,
            Logger = _loggers.CreateLogger<Replication.Follow.Replica>(),
            Observer = _status,
            Reader = _reader,
            History = new LogHeldHistory(_directory.Store.Log),
            Spill = new SpillPlace(_fileSystem, _directory.FullPath),
            Mark = new PrimaryMarkFile(_fileSystem, _directory.FullPath),
        };
        var replica = new Replication.Follow.Replica(options, _connector, _directory.Store, services);
        _status.Attach(replica);
        return replica;
    }

    private async Task<bool> FollowAsync(Replication.Follow.Replica replica, CancellationToken stop)
    {
        try
        {
            return await FollowOrResyncAsync(replica, stop);
        }
        catch (KevoException failure)
        {
            await _linger.AfterWorkAsync(failure, _view.TellsStatus, stop);
            throw;
        }
    }

    private async Task<bool> FollowOrResyncAsync(Replication.Follow.Replica replica, CancellationToken stop)
    {
        try
        {
            await replica.RunAsync(stop);
            return false;
        }
        catch (KevoException lost) when (MayResync(replica, lost) && !stop.IsCancellationRequested)
        {
            _resyncs = true;
            NodeLog.Resyncing(_logger, lost.Message, _directory.Store.Durable);
            return await new RelayResync(_settings, _fileSystem, _time, _loggers)
                .RunAsync(_directory, _options, _certificates.Primary, _status.Attach, stop);
        }
    }

    // A stock primary that is listened to is resynchronised by a snapshot, without ending the replica. So is an empty
    // store that has begun no epoch; one that has begun an epoch and holds nothing in it has nothing to lose.
    private bool MayResync(Replication.Follow.Replica replica, KevoException failure) =>
        replica.FollowsRelay && failure switch
        {
            DivergenceException => Consents,
            RetentionException => _directory.Store.Durable switch
            {
                { Epoch: 0 } => false,
                { Sequence: 0 } when HoldsNothing => _options.Snapshots.Bootstrap != BootstrapRule.Never,
                _ => Consents,
            },
            _ => false,
        };

    // A stock primary that said no number yet leaves content at sequence 0.
    private bool HoldsNothing => ((IKeyValueStore)_directory.Store).IsEmpty();

    private bool Consents => _options.Snapshots.OnDivergence == DivergenceRule.Resync;

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
            Apply = Apply,
            RenewCertificates = _view.RenewCertificates,
        };
    }

    private void Apply(EffectiveSettings settings)
    {
        _view.Apply(settings);
        _reads?.ChangeLimits(
            settings.Get(ServerSettings.MaxStaleness), (int)settings.Get(ServerSettings.MaxRequestRate));
        if (_relay is not null)
        {
            _relay.MaxRequestsPerSecond = (int)settings.Get(ServerSettings.RelayMaxRequestRate);
        }
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
                MaxRequestsPerSecond = (int)_settings.Get(ServerSettings.RelayMaxRequestRate),
            },
            stop);
        RelayHost relay = _relay;
        _view.Show(() => RelaySettings.Describe(relay));
        _upstream = _time.CreateTimer(_ => TellUpstreamPath(service), null, PathInterval, PathInterval);
        NodeLog.RelayListening(_logger, _relay.Address.ToString());
        if (_certificates.Relay is null && !address.IsLoopback)
        {
            NodeLog.ListensInTheOpen(_logger, NodeSettings.RelayListen.Flag, address.ToString());
        }
    }

    private long WorkDone() => _replica!.ReadCounters().Batches + (_reads?.GetActivity().Calls ?? 0);

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
