using System.Net;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Storage.Log;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Replica.Demo;

/// <summary>An embedded primary with a log of its own, served as a relay serves it.</summary>
internal sealed class RelayDemoPrimary : IDemoPrimary
{
    private readonly WriteAheadLog _log;
    private readonly RelayPrimary _primary;
    private readonly RelayHost _host;
    private readonly PrimaryTransaction _transaction = new();

    private RelayDemoPrimary(WriteAheadLog log, RelayPrimary primary, RelayHost host)
    {
        _log = log;
        _primary = primary;
        _host = host;
    }

    /// <inheritdoc/>
    public string Description => $"relay on {_host.Address}";

    /// <inheritdoc/>
    public IReadOnlyList<string> ReplicaFlags => ["--primary", _host.Address.ToString()];

    /// <inheritdoc/>
    public ulong LastSequence => _primary.LastSequence;

    /// <inheritdoc/>
    public ulong Acknowledged => _host.Relay.GetStatus().Replicas
        .Select(replica => replica.Acknowledged.Sequence).DefaultIfEmpty().Max();

    /// <inheritdoc/>
    public int LargestValue => 256 * 1024;

    /// <summary>Makes the log in a directory and begins to serve it on a free port.</summary>
    public static async Task<RelayDemoPrimary> StartAsync(string directory, TimeProvider time, CancellationToken stop)
    {
        WriteAheadLog log =
            WriteAheadLog.Open(new LogOptions { Directory = directory }, LinuxFileSystem.Instance, time);
        var primary = new RelayPrimary(log);
        var relay = new RelayService(
            primary.Log, new RelayOptions { NodeId = "demo-primary" }, time, NullLogger.Instance);
        RelayHost host = await RelayHost.StartAsync(
            relay, new RelayHostOptions { Address = new IPEndPoint(IPAddress.Loopback, 0) }, stop);
        return new RelayDemoPrimary(log, primary, host);
    }

    /// <inheritdoc/>
    public void Write(IReadOnlyList<DemoOperation> operations)
    {
        _transaction.Clear();
        foreach (DemoOperation operation in operations)
        {
            if (operation.Operation == Operation.Delete)
            {
                _transaction.Delete(operation.Key);
            }
            else
            {
                _transaction.Put(operation.Key, operation.Value);
            }
        }

        _primary.Enqueue(_transaction);
    }

    /// <inheritdoc/>
    public void Flush()
    {
        _primary.Flush();
        if (!_log.NextSegmentIsPrepared)
        {
            _log.PrepareNextSegment();
        }
    }

    /// <inheritdoc/>
    public Task<DemoHistory> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(DemoHistory.Read(_log));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        _primary.Dispose();
        _transaction.Dispose();
        _log.Dispose();
    }
}
