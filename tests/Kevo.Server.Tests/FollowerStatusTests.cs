using System.Net;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Replication.Follow;
using Kevo.Replication.Sequencing;
using Kevo.Replication.Session;
using Kevo.Server.Metrics;
using Kevo.Server.Reporting;
using Kevo.Storage.Log;
using Kevo.Storage.Store;
using Kevo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Server.Tests;

/// <summary>The status of a real replica that follows a real relay into a real store.</summary>
public sealed class FollowerStatusTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task It_tells_how_a_replica_catches_up_falls_silent_and_comes_back()
    {
        using WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions { Directory = _directory.Combine("primary"), SegmentSize = 1 << 20 },
            LinuxFileSystem.Instance);
        RelayPrimary primary = new(log);
        primary.Put([1], [1]);
        primary.Put([2], [2]);
        RelayHost relay = await StartRelayAsync(log, port: 0);
        IPEndPoint address = relay.Address;
        using ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = _directory.Combine("replica"), LogSegmentSize = 1 << 20 },
            LinuxFileSystem.Instance);
        using ReplicaMetrics metrics = new("test", TimeProvider.System);
        FollowerStatus status = new(metrics, TimeSpan.FromSeconds(30), TimeProvider.System)
        {
            StoreFailure = () => store.Failure,
            StoreTrouble = () => store.BackgroundFailure,
        };
        Assert.Null(status.Staleness);
        Assert.Equal("CONNECTING", status.GetReport().State);
        ReplicaOptions options = new()
        {
            PrimaryAddress = address.ToString(),
            ListenerAddress = "127.0.0.1:1",
            NodeId = "r1",
            RetryBaseDelay = TimeSpan.FromMilliseconds(50),
            RetryMaxDelay = TimeSpan.FromMilliseconds(100),
        };
        await using Replica replica = new(
            options,
            new GrpcPrimaryConnector(options.Connector, LinuxFileSystem.Instance, TimeProvider.System),
            store,
            new ReplicaServices { Observer = status, History = new LogHeldHistory(store.Log) });
        status.Attach(replica);
        replica.Start();

        await store.WaitForVisibleAsync(new(1, 2), CancellationToken.None).AsTask().WaitAsync(ServerFixture.Patience);
        await ServerFixture.Until(() => status.GetReport().Lag.Time == TimeSpan.Zero);
        ReplicaReport level = status.GetReport();
        Assert.Equal(new(1, 2), level.Positions.Durable);
        Assert.Equal(2ul, level.Positions.PrimaryLast);
        Assert.Equal(0ul, level.Lag.Entries);
        Assert.Equal("relay p1", level.FollowMode);
        Assert.NotNull(level.PrimaryHeardAt);
        Assert.NotNull(level.ProgressAt);
        Assert.Equal(2, level.Counters.Entries);
        Assert.True(metrics.RecentSyncs.Count > 0);
        Assert.True(new Readiness(status, new ReadinessLimits(), TimeProvider.System).Evaluate().Ready);

        await relay.DisposeAsync();
        await ServerFixture.Until(() => status.GetReport().RecentErrors.Count > 0);
        await ServerFixture.Until(() => status.Staleness > TimeSpan.Zero);
        ReplicaReport silent = status.GetReport();
        Assert.Equal("connection", silent.RecentErrors[0].Kind);
        Assert.Contains(silent.StateHistory, change => change.To == "ERROR" && change.Reason.Length > 0);
        Assert.True(silent.Counters.ErrorsByKind["connection"] > 0);
        Assert.Null(silent.Fatal);

        primary.Put([3], [3]);
        await using RelayHost again = await StartRelayAsync(log, address.Port);
        await store.WaitForVisibleAsync(new(1, 3), CancellationToken.None).AsTask().WaitAsync(ServerFixture.Patience);
        await ServerFixture.Until(() => status.Staleness == TimeSpan.Zero);
        Assert.True(status.GetReport().Counters.Reconnects > 0);
    }

    [Fact]
    public async Task Reads_of_the_real_store_go_through_the_real_server()
    {
        using ReplicaStore store = ReplicaStore.Open(
            new StoreOptions { Directory = _directory.Combine("store"), LogSegmentSize = 1 << 20 },
            LinuxFileSystem.Instance);
        store.BeginEpoch(new(1, 0));
        byte[] payload = new byte[4096];
        for (ulong sequence = 1; sequence <= 500; sequence++)
        {
            int length = Core.WalEntry.Write(
                payload,
                Core.Operation.Put,
                sequence,
                ServerFixture.Raw($"key{sequence % 100:D3}"),
                ServerFixture.Raw($"value{sequence}"));
            store.Apply(Core.WalEntry.FromVerified(payload.AsSpan(0, length)));
            if (sequence % 50 == 0)
            {
                store.Sync();
            }

            if (sequence == 250)
            {
                store.Flush();
            }
        }

        await using ServerFixture server = await ServerFixture.StartAsync(store: store);
        using Grpc.Core.AsyncServerStreamingCall<Wire.Contracts.Client.ScanResponse> scan =
            server.Client.Scan(new Wire.Contracts.Client.ScanRequest());
        List<string> rows = await ServerFixture.RowsOf(scan);
        Assert.Equal(100, rows.Count);
        Assert.Equal("key000=value500", rows[0]);
        Assert.Equal("key001=value401", rows[1]);
        Assert.Equal("1:500", (await scan.ResponseHeadersAsync).First(header => header.Key == "kevo-position").Value);
        Wire.Contracts.Client.GetResponse answer = await server.Client.GetAsync(
            new Wire.Contracts.Client.GetRequest { Key = ServerFixture.Bytes("key099") });
        Assert.Equal("value499", answer.Value.ToStringUtf8());
        Assert.Equal(0, store.GetStatistics().OpenSnapshots);
    }

    private static Task<RelayHost> StartRelayAsync(WriteAheadLog log, int port) => RelayHost.StartAsync(
        new RelayService(log, new RelayOptions { NodeId = "p1" }, TimeProvider.System, NullLogger.Instance),
        new RelayHostOptions { Address = new IPEndPoint(IPAddress.Loopback, port) },
        CancellationToken.None);
}
