using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Relay.Stock;
using Kevo.Relay.StockServer;
using Kevo.Relay.Tests.Serving;
using Kevo.Wire;
using Kevo.Wire.Contracts.Client;
using Kevo.Wire.Contracts.Replication;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Relay.Tests.StockServer;

/// <summary>A simulated stock primary on two real ports, under a clock that the test moves.</summary>
internal sealed class StockHostFixture : IAsyncDisposable
{
    private readonly List<GrpcChannel> _channels = [];

    private StockHostFixture(StockPrimaryOptions options)
    {
        Time = new FakeTimeProvider(new DateTimeOffset(2025, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Model = new StockPrimaryModel(options, Time);
    }

    public FakeTimeProvider Time { get; }

    public StockPrimaryModel Model { get; }

    public StockPrimaryHost Host { get; private set; } = null!;

    public KevoService.KevoServiceClient Client { get; private set; } = null!;

    public static async Task<StockHostFixture> StartAsync(StockPrimaryOptions? options = null)
    {
        var fixture = new StockHostFixture(options ?? new StockPrimaryOptions());
        fixture.Host = await StockPrimaryHost.StartAsync(
            fixture.Model, new StockPrimaryHostOptions(), fixture.Time);
        fixture.Client = new KevoService.KevoServiceClient(fixture.Dial(fixture.Host.ClientAddress));
        return fixture;
    }

    public static ByteString Bytes(string text) => ByteString.CopyFromUtf8(text);

    public static async Task<RpcException> FailureOf(Func<Task> call) =>
        await Assert.ThrowsAsync<RpcException>(call).WaitAsync(RelayFixture.Patience);

    public RelayStream Open(ulong start)
    {
        var client = new WALReplicationService.WALReplicationServiceClient(Dial(Host.ReplicationAddress));
        var request = new WALStreamRequest
        {
            StartSequence = start,
            CompressionSupported = true,
            PreferredCodec = CompressionCodec.Zstd,
            ListenerAddress = "replica:1",
        };
        return new RelayStream(client, client.StreamWAL(request));
    }

    public GrpcChannel Dial(System.Net.IPEndPoint address)
    {
        GrpcChannel channel = GrpcChannel.ForAddress(
            $"http://{address}", new GrpcChannelOptions { MaxReceiveMessageSize = ReplicationMethods.MaxMessageBytes });
        _channels.Add(channel);
        return channel;
    }

    public async Task PutAsync(string key, string value = "value") =>
        await Client.PutAsync(new PutRequest { Key = Bytes(key), Value = Bytes(value) });

    public async Task<string?> GetAsync(string key)
    {
        GetResponse response = await Client.GetAsync(new GetRequest { Key = Bytes(key) });
        return response.Found ? response.Value.ToStringUtf8() : null;
    }

    public async Task<List<string>> ScanAsync(ScanRequest? request = null)
    {
        using AsyncServerStreamingCall<ScanResponse> call = Client.Scan(request ?? new ScanRequest());
        var keys = new List<string>();
        while (await call.ResponseStream.MoveNext(CancellationToken.None).WaitAsync(RelayFixture.Patience))
        {
            keys.Add(Encoding.UTF8.GetString(call.ResponseStream.Current.Key.Span));
        }

        return keys;
    }

    public async Task<string> BeginAsync(bool readOnly) =>
        (await Client.BeginTransactionAsync(new BeginTransactionRequest { ReadOnly = readOnly })).TransactionId;

    public async ValueTask DisposeAsync()
    {
        foreach (GrpcChannel channel in _channels)
        {
            channel.Dispose();
        }

        await Host.DisposeAsync();
    }
}
