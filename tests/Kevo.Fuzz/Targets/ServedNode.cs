using System.Diagnostics;
using System.Net;
using System.Text;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Server.Admin;
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
/// The read service, the replication service and the admin endpoint of a node on real sockets, for the life of the
/// process.
/// </summary>
internal sealed class ServedNode
{
    /// <summary>Transactions in the log that is served.</summary>
    public const int Transactions = 200;

    private static readonly Lazy<ServedNode> Shared = new(static () => new ServedNode());

    private readonly ReadServer _reads;
    private readonly RelayHost _relay;
    private readonly RelayService _service;
    private readonly AdminServer _admin;

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
        var readiness = new Readiness(status, new ReadinessLimits(), time);
        var metrics = new ReplicaMetrics("fuzzed", time);
        _reads = new ReadServer(
            options,
            store,
            status,
            readiness,
            metrics,
            NullLoggerFactory.Instance,
            time);
        _reads.StartAsync(CancellationToken.None).GetAwaiter().GetResult();

        WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions { Directory = "/log", SegmentSize = 65536 }, new SimulatedFileSystem());
        var primary = new RelayPrimary(log);
        using (var transaction = new PrimaryTransaction())
        {
            for (int i = 0; i < Transactions; i++)
            {
                transaction.Put(Encoding.ASCII.GetBytes($"key-{i}"), new byte[100]);
                primary.Enqueue(transaction);
                transaction.Clear();
            }
        }

        primary.Flush();
        _service = new RelayService(
            primary.Log, new RelayOptions { NodeId = "fuzzed", MessageBytes = 4096 }, time, NullLogger.Instance);
        var relay = new RelayHostOptions { Address = new IPEndPoint(IPAddress.Loopback, 0) };
        _relay = RelayHost.StartAsync(_service, relay).GetAwaiter().GetResult();

        var description = new NodeDescription
        {
            Id = "fuzzed", Version = "1", StartedAt = DateTimeOffset.UnixEpoch,
        };
        _admin = new AdminServer(
            new AdminServerOptions { Listen = ListenAddress.Parse("127.0.0.1:0") },
            new StatusSource(description, status, readiness, metrics, time) { Store = store },
            metrics,
            NullLoggerFactory.Instance);
        _admin.StartAsync(CancellationToken.None).GetAwaiter().GetResult();
    }

    /// <summary>The one of this process; started when it is first asked for.</summary>
    public static ServedNode Instance => Shared.Value;

    /// <summary>Where the read service is.</summary>
    public string Reads => $"http://{_reads.Address}";

    /// <summary>Where the replication service is.</summary>
    public string Replication => $"http://{_relay.Address}";

    /// <summary>Where the admin endpoint is.</summary>
    public string Admin => $"http://{_admin.Address}";

    /// <summary>Whether every stream of the replication service ends within a time, its clients being gone.</summary>
    public bool StreamsEnd(TimeSpan patience) => StreamsEndAsync(patience).GetAwaiter().GetResult();

    private async Task<bool> StreamsEndAsync(TimeSpan patience)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        long started = Stopwatch.GetTimestamp();
        while (_service.GetStatus().Sessions.Count > 0)
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
            {
                return false;
            }

            await beat.WaitForNextTickAsync();
        }

        return true;
    }
}
