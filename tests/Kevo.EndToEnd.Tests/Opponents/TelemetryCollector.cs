using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Kevo.EndToEnd.Tests.Opponents;

/// <summary>An OpenTelemetry collector that takes metrics and traces by gRPC or by HTTP and keeps them.</summary>
internal sealed class TelemetryCollector : IAsyncDisposable
{
    private const string MetricsMethod = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    private const string TracesMethod = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    private const int FrameHeader = 5;

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<string> _metrics = new();
    private readonly ConcurrentQueue<ReceivedSpan> _spans = new();

    private TelemetryCollector(bool grpc)
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

    /// <summary>The messages with metrics so far as text, in which names and labels can be looked up.</summary>
    public IReadOnlyList<string> Metrics => [.. _metrics];

    /// <summary>The spans so far, in the order they came.</summary>
    public IReadOnlyList<ReceivedSpan> Spans => [.. _spans];

    /// <summary>Starts on a free port.</summary>
    public static async Task<TelemetryCollector> StartAsync(bool grpc)
    {
        var collector = new TelemetryCollector(grpc);
        await collector._app.StartAsync();
        return collector;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body);
        bool grpc = http.Request.ContentType == "application/grpc";
        byte[] message = body.ToArray()[(grpc ? FrameHeader : 0)..];
        switch (http.Request.Path.Value)
        {
            case MetricsMethod when grpc:
            case "/v1/metrics" when !grpc:
                _metrics.Enqueue(Encoding.Latin1.GetString(message));
                break;
            case TracesMethod when grpc:
            case "/v1/traces" when !grpc:
                foreach (ReceivedSpan span in ReceivedSpan.ReadRequest(message))
                {
                    _spans.Enqueue(span);
                }

                break;
            default:
                http.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
        }

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
