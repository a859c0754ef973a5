using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Server.Hosting;
using Kevo.Server.Metrics;
using Kevo.Server.Reads;
using Kevo.Server.Reporting;
using Kevo.Storage;
using Kevo.Testing;
using Kevo.Wire.Contracts.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Kevo.Server.Tests;

/// <summary>A read server on a real socket over a store in memory, with a generated client.</summary>
internal sealed class ServerFixture : IAsyncDisposable
{
    /// <summary>Longest wait for anything that must happen.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly List<GrpcChannel> _channels = [];
    private readonly PrometheusText _prometheus;

    private ServerFixture(
        MemoryStore store,
        TestStatus status,
        TimeProvider time,
        ReadServerOptions options,
        IKeyValueStore? other = null)
    {
        Store = store;
        Status = status;
        Metrics = new ReplicaMetrics("test", time);
        _prometheus = new PrometheusText(Metrics.Meter);
        Readiness = new Readiness(status, new ReadinessLimits(), time);
        Metrics.ObserveReplica(status);
        Metrics.ObserveStore(other ?? store);
        Metrics.ObserveReadiness(Readiness);
        Server = new ReadServer(
            options, other ?? store, status, Readiness, Metrics, NullLoggerFactory.Instance, time);
    }

    public MemoryStore Store { get; }

    public TestStatus Status { get; }

    public ReplicaMetrics Metrics { get; }

    public Readiness Readiness { get; }

    public ReadServer Server { get; }

    public KevoService.KevoServiceClient Client { get; private set; } = null!;

    public static ReadServerOptions Options(Func<ReadServiceOptions, ReadServiceOptions>? change = null)
    {
        ReadServiceOptions service = new() { NodeId = "n1", PrimaryClientAddress = "primary.example:50051" };
        return new ReadServerOptions
        {
            Listen = ListenAddress.Parse("127.0.0.1:0"),
            Service = change is null ? service : change(service),
        };
    }

    /// <summary>A server that was only built.</summary>
    public static ReadServer Unstarted(ReadServerOptions options) =>
        new ServerFixture(new MemoryStore(), new TestStatus(), TimeProvider.System, options).Server;

    /// <summary>What Prometheus would see now.</summary>
    public static string Scrape(ServerFixture fixture) => fixture._prometheus.Write();

    /// <summary>Completes when something that happens in the background has happened.</summary>
    public static async Task Until(Func<bool> happened)
    {
        using CancellationTokenSource patience = new(Patience);
        using PeriodicTimer look = new(TimeSpan.FromMilliseconds(5));
        while (!happened())
        {
            await look.WaitForNextTickAsync(patience.Token);
        }
    }

    public static async Task<ServerFixture> StartAsync(
        ReadServerOptions? options = null, TimeProvider? time = null, IKeyValueStore? store = null)
    {
        ServerFixture fixture =
            new(new MemoryStore(), new TestStatus(), time ?? TimeProvider.System, options ?? Options(), store);
        await fixture.Server.StartAsync(CancellationToken.None);
        fixture.Client = new KevoService.KevoServiceClient(fixture.OpenChannel());
        return fixture;
    }

    public static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    public static byte[] Raw(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>The refusal a call ends with.</summary>
    public static async Task<Status> RefusalOf<T>(AsyncUnaryCall<T> call) =>
        (await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync.WaitAsync(Patience))).Status;

    /// <summary>All rows of a scan, as "key=value".</summary>
    public static async Task<List<string>> RowsOf(AsyncServerStreamingCall<ScanResponse> call)
    {
        List<string> rows = [];
        await foreach (ScanResponse row in call.ResponseStream.ReadAllAsync())
        {
            rows.Add($"{row.Key.ToStringUtf8()}={row.Value.ToStringUtf8()}");
        }

        return rows;
    }

    /// <summary>All rows of a transaction's scan, as "key=value".</summary>
    public static async Task<List<string>> RowsOf(AsyncServerStreamingCall<TxScanResponse> call)
    {
        List<string> rows = [];
        await foreach (TxScanResponse row in call.ResponseStream.ReadAllAsync())
        {
            rows.Add($"{row.Key.ToStringUtf8()}={row.Value.ToStringUtf8()}");
        }

        return rows;
    }

    public GrpcChannel OpenChannel()
    {
        GrpcChannel channel = GrpcChannel.ForAddress(
            $"http://{Server.Address}",
            new GrpcChannelOptions { MaxReceiveMessageSize = 32 << 20, MaxSendMessageSize = null });
        _channels.Add(channel);
        return channel;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (GrpcChannel channel in _channels)
        {
            channel.Dispose();
        }

        await Server.DisposeAsync();
        _prometheus.Dispose();
        Metrics.Dispose();
    }
}
