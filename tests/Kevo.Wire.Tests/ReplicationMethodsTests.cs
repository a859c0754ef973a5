using System.Net;
using Grpc.AspNetCore.Server.Model;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Wire.Contracts.Replication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kevo.Wire.Tests;

/// <summary>The method objects over a real connection, and against the generated client and server.</summary>
public sealed class ReplicationMethodsTests
{
    private const int Responses = 200;

    [Fact]
    public async Task Encoded_responses_arrive_as_messages()
    {
        await using WebApplication server = await StartAsync(own: true);
        using GrpcChannel channel = Connect(server);
        StreamMessagePool pool = new();
        WALStreamRequest request = new() { StartSequence = 5, ListenerAddress = "here:1" };
        using PayloadDecoder decoder = new();

        using (AsyncServerStreamingCall<StreamMessage> call = channel.CreateCallInvoker().AsyncServerStreamingCall(
            ReplicationMethods.ReceiveStream(pool), null, default, request))
        {
            Metadata headers = await call.ResponseHeadersAsync;
            Assert.Equal("replica-5", RelayHeaders.ReadSessionId(headers));
            Assert.Equal("here", RelayAnnouncement.Read(headers)?.NodeId);
            ulong expected = 5;
            Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
            Assert.Equal(0, HeartbeatLength(call.ResponseStream.Current));
            while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
            {
                expected = ReadAll(call.ResponseStream.Current, decoder, expected);
            }

            Assert.Equal(5UL + (Responses * 3), expected);
        }

        Assert.Equal(0, pool.Outstanding);
    }

    [Fact]
    public async Task A_message_of_16_mebibytes_passes()
    {
        await using WebApplication server = await StartAsync(own: true);
        using GrpcChannel channel = Connect(server);
        StreamMessagePool pool = new();
        WALStreamRequest request = new() { StartSequence = 0, ListenerAddress = "large" };

        using AsyncServerStreamingCall<StreamMessage> call = channel.CreateCallInvoker().AsyncServerStreamingCall(
            ReplicationMethods.ReceiveStream(pool), null, default, request);

        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        using StreamMessage message = call.ResponseStream.Current;
        Assert.Equal(16 << 20, message.Length);
    }

    [Fact]
    public async Task The_generated_client_understands_our_server()
    {
        await using WebApplication server = await StartAsync(own: true);
        using GrpcChannel channel = Connect(server);
        WALReplicationService.WALReplicationServiceClient client = new(channel);

        using AsyncServerStreamingCall<WALStreamResponse> call =
            client.StreamWAL(new WALStreamRequest { StartSequence = 5, ListenerAddress = "here" });
        int entries = 0;
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            entries += call.ResponseStream.Current.Entries.Count;
        }

        Assert.Equal(Responses * 3, entries);
        Assert.Equal("5", (await client.AcknowledgeAsync(new Ack { AcknowledgedUpTo = 5 })).Message);
        Assert.Equal("6", (await client.NegativeAcknowledgeAsync(new Nack { MissingFromSequence = 6 })).Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_unary_calls_reach_either_server(bool own)
    {
        await using WebApplication server = await StartAsync(own);
        using GrpcChannel channel = Connect(server);
        CallInvoker invoker = channel.CreateCallInvoker();

        using AsyncUnaryCall<AckResponse> ack = invoker.AsyncUnaryCall(
            ReplicationMethods.Acknowledge, null, default, new Ack { AcknowledgedUpTo = ulong.MaxValue });
        using AsyncUnaryCall<NackResponse> nack = invoker.AsyncUnaryCall(
            ReplicationMethods.NegativeAcknowledge, null, default, new Nack { MissingFromSequence = 3 });

        Assert.Equal("18446744073709551615", (await ack).Message);
        Assert.Equal("3", (await nack).Message);
    }

    [Fact]
    public async Task The_generated_server_is_understood()
    {
        await using WebApplication server = await StartAsync(own: false);
        using GrpcChannel channel = Connect(server);
        StreamMessagePool pool = new();
        using PayloadDecoder decoder = new();
        using AsyncServerStreamingCall<StreamMessage> call = channel.CreateCallInvoker().AsyncServerStreamingCall(
            ReplicationMethods.ReceiveStream(pool), null, default, new WALStreamRequest { StartSequence = 8 });

        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(9UL, ReadAll(call.ResponseStream.Current, decoder, 8));
        Assert.False(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
    }

    private static ulong ReadAll(StreamMessage message, PayloadDecoder decoder, ulong expected)
    {
        using (message)
        {
            StreamResponseReader reader = message.Read();
            decoder.BeginMessage(in reader);
            while (reader.TryReadEntry(out StreamEntry entry))
            {
                Assert.Equal(expected++, decoder.Decode(in entry).Sequence);
            }
        }

        return expected;
    }

    private static int HeartbeatLength(StreamMessage message)
    {
        using (message)
        {
            return message.Length;
        }
    }

    private static GrpcChannel Connect(WebApplication server)
    {
        string address = server.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return GrpcChannel.ForAddress(
            address, new GrpcChannelOptions { MaxReceiveMessageSize = ReplicationMethods.MaxMessageBytes });
    }

    private static async Task<WebApplication> StartAsync(bool own)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            options => options.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(options => options.MaxSendMessageSize = ReplicationMethods.MaxMessageBytes);
        builder.Services.AddSingleton<IServiceMethodProvider<OwnService>, OwnMethods>();
        WebApplication server = builder.Build();
        if (own)
        {
            server.MapGrpcService<OwnService>();
        }
        else
        {
            server.MapGrpcService<GeneratedService>();
        }

        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    private sealed class OwnMethods : IServiceMethodProvider<OwnService>
    {
        public void OnServiceMethodDiscovery(ServiceMethodProviderContext<OwnService> context)
        {
            context.AddServerStreamingMethod(
                ReplicationMethods.SendStream, [], (service, request, stream, call) =>
                    service.SendAsync(request, stream, call));
            context.AddUnaryMethod(
                ReplicationMethods.Acknowledge,
                [],
                (_, ack, _) => Task.FromResult(new AckResponse { Message = $"{ack.AcknowledgedUpTo}" }));
            context.AddUnaryMethod(
                ReplicationMethods.NegativeAcknowledge,
                [],
                (_, nack, _) => Task.FromResult(new NackResponse { Message = $"{nack.MissingFromSequence}" }));
        }
    }

    private sealed class OwnService
    {
        public async Task SendAsync(
            WALStreamRequest request, IServerStreamWriter<EncodedResponse> stream, ServerCallContext call)
        {
            if (request.ListenerAddress == "large")
            {
                await stream.WriteAsync(new EncodedResponse(new byte[16 << 20]));
                return;
            }

            ulong sequence = request.StartSequence;
            Metadata headers = new() { { RelayHeaders.SessionId, $"replica-{sequence}" } };
            new RelayAnnouncement { NodeId = "here", Epoch = 1, FirstSequence = 1, LastSequence = 9 }.WriteTo(headers);
            await call.WriteResponseHeadersAsync(headers);
            await stream.WriteAsync(EncodedResponse.Heartbeat);
            using Codecs.ZstdCodec codec = new();
            using StreamResponseWriter writer = new(codec: codec);
            for (int i = 0; i < Responses; i++)
            {
                for (int entry = 0; entry < 3; entry++, sequence++)
                {
                    Assert.True(writer.TryAppend(sequence, Sample.LongPut(sequence, i)));
                }

                await stream.WriteAsync(writer.Complete());
            }
        }
    }

    private sealed class GeneratedService : WALReplicationService.WALReplicationServiceBase
    {
        public override async Task StreamWAL(
            WALStreamRequest request, IServerStreamWriter<WALStreamResponse> responseStream, ServerCallContext context)
        {
            byte[] payload = Sample.Put(request.StartSequence, "key");
            await responseStream.WriteAsync(
                WALStreamResponse.Parser
                    .ParseFrom(Sample.Response(request.StartSequence, payload, CompressionCodec.Zstd)));
        }

        public override Task<AckResponse> Acknowledge(Ack request, ServerCallContext context) =>
            Task.FromResult(new AckResponse { Message = $"{request.AcknowledgedUpTo}" });

        public override Task<NackResponse> NegativeAcknowledge(Nack request, ServerCallContext context) =>
            Task.FromResult(new NackResponse { Message = $"{request.MissingFromSequence}" });
    }
}
