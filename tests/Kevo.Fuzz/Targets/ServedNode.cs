using System.Net;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Server.Hosting;
using Kevo.Server.Metrics;
using Kevo.Server.Reads;
using Kevo.Server.Reporting;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Testing.Disk;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Fuzz.Targets;

/// <summary>
/// The read service and the replication service of a node on real sockets, for the life of the process.
/// </summary>
internal sealed class ServedNode
{
    private static readonly Lazy<ServedNode> Shared = new(static () => new ServedNode());

    private readonly ReadServer _reads;
    private readonly RelayHost _relay;

    private ServedNode()
    {
        var status = new ServedStatus();
        var store = new MemoryStore();
        TimeProvider time = TimeProvider.System;
        var options = new ReadServerOptions
        {
            Listen = ListenAddress.Parse("127.0.0.1:0"),
            Service = new ReadServiceOptions { NodeId = "fuzzed", PrimaryClientAddress = "primary.example:50051" },
        };
        _reads = new ReadServer(
            options,
            store,
            status,
            new Readiness(status, new ReadinessLimits(), time),
            new ReplicaMetrics("fuzzed", time),
            NullLoggerFactory.Instance,
            time);
        _reads.StartAsync(CancellationToken.None).GetAwaiter().GetResult();

        WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions { Directory = "/log", SegmentSize = 65536 }, new SimulatedFileSystem());
        var primary = new RelayPrimary(log);
        var relay = new RelayService(
            primary.Log, new RelayOptions { NodeId = "fuzzed" }, time, NullLogger.Instance);
        _relay = RelayHost.StartAsync(
            relay, new RelayHostOptions { Address = new IPEndPoint(IPAddress.Loopback, 0) }).GetAwaiter().GetResult();
    }

    /// <summary>The one of this process; started when it is first asked for.</summary>
    public static ServedNode Instance => Shared.Value;

    /// <summary>Where the read service is.</summary>
    public string Reads => $"http://{_reads.Address}";

    /// <summary>Where the replication service is.</summary>
    public string Replication => $"http://{_relay.Address}";
}
