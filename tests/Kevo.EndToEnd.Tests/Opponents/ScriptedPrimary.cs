using System.Net;
using Grpc.Core;
using Kevo.Wire.Contracts.Replication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Kevo.EndToEnd.Tests.Opponents;

/// <summary>
/// A primary on a real port that sends what a test tells it to: to a replica that holds nothing three good entries
/// first, then in every stream the bad message, and then silence.
/// </summary>
internal sealed class ScriptedPrimary : IAsyncDisposable
{
    /// <summary>The good entries.</summary>
    public const ulong GoodEntries = 3;

    private readonly WebApplication _application;

    private ScriptedPrimary(WebApplication application) => _application = application;

    /// <summary>Where it listens.</summary>
    public string Address => new Uri(_application.Urls.First()).Authority;

    /// <summary>Starts it on a free port.</summary>
    public static async Task<ScriptedPrimary> StartAsync(WALStreamResponse bad)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddGrpc(options => options.MaxSendMessageSize = null);
        builder.Services.AddSingleton(bad);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        WebApplication application = builder.Build();
        application.MapGrpcService<Service>();
        await application.StartAsync(TestContext.Current.CancellationToken);
        return new ScriptedPrimary(application);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }

    private sealed class Service(WALStreamResponse bad) : WALReplicationService.WALReplicationServiceBase
    {
        public override async Task StreamWAL(
            WALStreamRequest request, IServerStreamWriter<WALStreamResponse> responseStream, ServerCallContext context)
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "session-id", "scripted" } });
            if (request.StartSequence == 0)
            {
                var good = new WALStreamResponse();
                for (ulong sequence = 1; sequence <= GoodEntries; sequence++)
                {
                    good.Entries.Add(BadMessages.Entry(sequence));
                }

                await responseStream.WriteAsync(good);
            }

            await responseStream.WriteAsync(bad);
            var end = new TaskCompletionSource();
            await using (context.CancellationToken.Register(end.SetResult))
            {
                await end.Task;
            }
        }

        public override Task<AckResponse> Acknowledge(Ack request, ServerCallContext context) =>
            Task.FromResult(new AckResponse { Success = true });

        public override Task<NackResponse> NegativeAcknowledge(Nack request, ServerCallContext context) =>
            Task.FromResult(new NackResponse { Success = true });
    }
}
