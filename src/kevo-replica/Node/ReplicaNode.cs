using System.Net;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Replica.Configuration;
using Kevo.Replication.Follow;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;
using Microsoft.Extensions.Logging;

namespace Kevo.Replica.Node;

/// <summary>The daemon: the rooms wired together over one data directory.</summary>
internal sealed class ReplicaNode : IAsyncDisposable
{
    private readonly EffectiveSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly DataDirectory _directory;
    private readonly Replication.Follow.Replica _replica;
    private RelayHost? _relay;

    private ReplicaNode(
        EffectiveSettings settings,
        TimeProvider time,
        ILoggerFactory loggers,
        DataDirectory directory,
        Replication.Follow.Replica replica)
    {
        _settings = settings;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<ReplicaNode>();
        _directory = directory;
        _replica = replica;
    }

    /// <summary>Checks the settings, takes the data directory and recovers its store. Nothing runs yet.</summary>
    /// <exception cref="Core.KevoException">A setting, a certificate or the directory is unusable.</exception>
    public static ReplicaNode Open(
        EffectiveSettings settings,
        IFileSystem fileSystem,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken stop)
    {
        DataDirectory directory = DataDirectory.Open(settings, fileSystem, time, loggers, stop);
        try
        {
            ReplicaOptions options = ReplicationSettings.From(settings, directory.Node.NodeId);
            var services = new ReplicaServices
            {
                Time = time,
                Logger = loggers.CreateLogger<Replication.Follow.Replica>(),
                History = new LogHeldHistory(directory.Store.Log),
            };
            var replica = new Replication.Follow.Replica(
                options,
                new GrpcPrimaryConnector(options.Connector, fileSystem, time),
                directory.Store,
                services);
            return new ReplicaNode(settings, time, loggers, directory, replica);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Follows the primary until told to stop, then syncs, acknowledges and closes.</summary>
    /// <exception cref="Core.KevoException">What ended it before.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        await StartRelayAsync(stop);
        NodeLog.Started(
            _logger,
            _directory.Node.NodeId,
            _settings.Get(ConnectionSettings.Primary)!.ToString(),
            _directory.FullPath,
            _directory.Store.Durable,
            BuildInformation.Version);
        await _replica.RunAsync(stop);
        PositionSet positions = _replica.Positions.Read();
        NodeLog.Stopped(_logger, positions.Durable.Value, positions.Acknowledged.Value);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _replica.DisposeAsync();
        if (_relay is not null)
        {
            await _relay.DisposeAsync();
        }

        _directory.Dispose();
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
            new RelayOptions { NodeId = _directory.Node.NodeId },
            _time,
            _loggers.CreateLogger<RelayService>());
        _relay = await RelayHost.StartAsync(service, new RelayHostOptions { Address = bound }, stop);
        NodeLog.RelayListening(_logger, _relay.Address.ToString());
        if (!address.IsLoopback)
        {
            NodeLog.ListensInTheOpen(_logger, NodeSettings.RelayListen.Flag, address.ToString());
        }
    }
}
