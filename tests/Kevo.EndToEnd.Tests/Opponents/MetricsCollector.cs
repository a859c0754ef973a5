using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Kevo.EndToEnd.Tests.Opponents;

/// <summary>An OpenTelemetry collector that takes metrics by gRPC or by HTTP and keeps the messages.</summary>
internal sealed class MetricsCollector : IAsyncDisposable
{
    private const string Method = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    private const int FrameHeader = 5;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _messages = new();

    private MetricsCollector(bool grpc)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Protocols = grpc ? HttpProtocols.Http2 : HttpProtocols.Http1));
        _app = builder.Build();
        _app.Run(TakeAsync);
    }

    /// <summary>Its URL without a path.</summary>
    public string Url => _app.Urls.Single();

    /// <summary>The messages so far as text, in which names and labels can be looked up.</summary>
    public IReadOnlyList<string> Messages => [.. _messages];

    /// <summary>Starts on a free port.</summary>
    public static async Task<MetricsCollector> StartAsync(bool grpc)
    {
        var collector = new MetricsCollector(grpc);
        await collector._app.StartAsync();
        return collector;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        byte[] message = body.ToArray();
        bool grpc = http.Request.Path == Method && http.Request.ContentType == "application/grpc";
        if (!grpc && http.Request.Path != "/v1/metrics")
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        _messages.Enqueue(Encoding.Latin1.GetString(grpc ? message[FrameHeader..] : message));
        if (!grpc)
        {
            http.Response.ContentType = "application/x-protobuf";
            return;
        }

        // An empty message, and the status in the trailers.
        http.Response.ContentType = "application/grpc";
        http.Response.DeclareTrailer("grpc-status");
        await http.Response.Body.WriteAsync(new byte[FrameHeader]);
        http.Response.AppendTrailer("grpc-status", "0");
    }
}
