using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Platform;
using Kevo.Relay.Hosting;
using Kevo.Relay.Serving;
using Kevo.Relay.Writing;
using Kevo.Storage.Log;
using Kevo.Testing;
using Kevo.Wire;
using Kevo.Wire.Contracts.Replication;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Relay.Tests.Serving;

/// <summary>An embedded primary served on a real port, and clients made from the generated contracts.</summary>
internal sealed class RelayFixture : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly List<GrpcChannel> _channels = [];

    private RelayFixture(RelayOptions options, TimeProvider time, int segmentSize)
    {
        Log = WriteAheadLog.Open(
            new LogOptions { Directory =
                _directory.Combine("log"), SegmentSize = segmentSize }, LinuxFileSystem.Instance);
        Primary = new RelayPrimary(Log);
        Relay = new RelayService(Log, options, time, NullLogger.Instance);
    }

    public WriteAheadLog Log { get; }

    public RelayPrimary Primary { get; }

    public RelayService Relay { get; }

    public RelayHost Host { get; private set; } = null!;

    public static async Task<RelayFixture> StartAsync(
        RelayOptions? options = null, TimeProvider? time = null, int segmentSize = 4 << 20)
    {
        var fixture = new RelayFixture(
            options ?? new RelayOptions { NodeId = "relay-1" }, time ?? TimeProvider.System, segmentSize);
        fixture.Host = await RelayHost.StartAsync(fixture.Relay, new RelayHostOptions());
        return fixture;
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>A client on a connection of its own.</summary>
    public WALReplicationService.WALReplicationServiceClient Connect()
    {
        GrpcChannel channel = GrpcChannel.ForAddress(
            Host.Uri, new GrpcChannelOptions { MaxReceiveMessageSize = ReplicationMethods.MaxMessageBytes });
        _channels.Add(channel);
        return new WALReplicationService.WALReplicationServiceClient(channel);
    }

    /// <summary>Opens a stream; as one of our replicas when a node id is given.</summary>
    public RelayStream Open(
        ulong start,
        string? nodeId = null,
        ulong epoch = 0,
        CompressionCodec codec = CompressionCodec.None,
        CancellationToken cancellationToken = default)
    {
        var metadata = new Metadata();
        if (nodeId is not null)
        {
            new ReplicaAnnouncement(nodeId, epoch).WriteTo(metadata);
        }

        WALReplicationService.WALReplicationServiceClient client = Connect();
        var request = new WALStreamRequest
        {
            StartSequence = start,
            ProtocolVersion = 1,
            CompressionSupported = codec != CompressionCodec.None,
            PreferredCodec = codec,
            ListenerAddress = "127.0.0.1:1",
        };
        return new RelayStream(client, client.StreamWAL(request, metadata, cancellationToken: cancellationToken));
    }

    /// <summary>Writes n keys, each under its own number, durable when this returns.</summary>
    public void Fill(int count, int valueLength = 100)
    {
        byte[] value = new byte[valueLength];
        for (int i = 0; i < count; i++)
        {
            Primary.EnqueuePut(Bytes($"key{i:D8}"), value);
        }

        Primary.Flush();
    }

    /// <summary>Waits until a condition on the status holds; the relay has no event for it, so it is polled.</summary>
    public async Task<RelayStatus> UntilAsync(Func<RelayStatus, bool> condition)
    {
        using var timeout = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (true)
        {
            RelayStatus status = Relay.GetStatus();
            if (condition(status))
            {
                return status;
            }

            await timer.WaitForNextTickAsync(timeout.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (GrpcChannel channel in _channels)
        {
            channel.Dispose();
        }

        await Host.DisposeAsync();
        Primary.Dispose();
        Log.Dispose();
        _directory.Dispose();
    }
}
