using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Kevo.EndToEnd.Tests.Opponents;

/// <summary>
/// A primary whose stream is one message that never ends: either it announces more than anybody may send, or it sends
/// the bytes of an allowed one until everything but the last came, and then nothing more.
/// </summary>
internal sealed class EndlessMessageServer : IAsyncDisposable
{
    private const int Allowed = 16 << 20;

    private readonly WebApplication _application;
    private readonly TaskCompletionSource _sent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _streams;

    private EndlessMessageServer(bool beyond)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddRouting();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        _application = builder.Build();
        _application.Run(http => AnswerAsync(http, beyond));
    }

    /// <summary>Where it listens.</summary>
    public string Address => new Uri(_application.Urls.First()).Authority;

    /// <summary>Streams asked for so far.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Completes when a stream has got all it will get.</summary>
    public Task Sent => _sent.Task;

    /// <summary>Starts it on a free port.</summary>
    public static async Task<EndlessMessageServer> StartAsync(bool beyond)
    {
        var server = new EndlessMessageServer(beyond);
        await server._application.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync(new CancellationToken(canceled: true));
        await _application.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http, bool beyond)
    {
        http.Response.ContentType = "application/grpc";
        http.Response.Headers["session-id"] = "endless";
        if (!http.Request.Path.Value!.EndsWith("/StreamWAL", StringComparison.Ordinal))
        {
            await http.Response.Body.WriteAsync(new byte[] { 0, 0, 0, 0, 2, 8, 1 });
            http.Response.AppendTrailer("grpc-status", "0");
            return;
        }

        Interlocked.Increment(ref _streams);
        int length = beyond ? int.MaxValue : Allowed;
        await http.Response.Body.WriteAsync(
            new byte[] { 0, (byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length },
            http.RequestAborted);
        byte[] some = new byte[64 << 10];
        for (int sent = 0; beyond || sent < Allowed - some.Length; sent += some.Length)
        {
            await http.Response.Body.WriteAsync(some, http.RequestAborted);
        }

        await http.Response.Body.FlushAsync(http.RequestAborted);
        _sent.TrySetResult();
        var end = new TaskCompletionSource();
        await using (http.RequestAborted.Register(end.SetResult))
        {
            await end.Task;
        }
    }
}
