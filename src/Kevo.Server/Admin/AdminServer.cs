using System.Text.Json;
using Kevo.Server.Hosting;
using Kevo.Server.Metrics;
using Kevo.Server.Reporting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Kevo.Server.Admin;

/// <summary>
/// The HTTP/1.1 endpoint for operators and their tools: <c>/livez</c>, <c>/readyz</c>, <c>/metrics</c>, <c>/status</c>,
/// and a status page at <c>/</c>. It only reads. Start once, stop once.
/// </summary>
public sealed partial class AdminServer : IAsyncDisposable
{
    private const string PlainText = "text/plain; charset=utf-8";
    private const string Json = "application/json; charset=utf-8";

    private readonly AdminServerOptions _options;
    private readonly StatusSource _status;
    private readonly PrometheusText _metrics;
    private readonly StatusPage _page = StatusPage.Load();
    private readonly WebApplication _app;
    private readonly ILogger _logger;

    /// <summary>Builds the server without listening yet; histograms of the metrics count from here on.</summary>
    public AdminServer(AdminServerOptions options, StatusSource status, ReplicaMetrics metrics, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(metrics);
        ArgumentNullException.ThrowIfNull(loggers);
        _options = options;
        _status = status;
        _metrics = new PrometheusText(metrics.Meter);
        _logger = loggers.CreateLogger<AdminServer>();
        _app = KestrelHost.CreateBuilder(
            options.Listen, options.Certificates, HttpProtocols.Http1, loggers, Limit).Build();
        _app.Run(AnswerAsync);
    }

    /// <summary>The port it listens on; 0 before <see cref="StartAsync"/>.</summary>
    public int Port { get; private set; }

    /// <summary>host:port it listens on, with the port the system chose.</summary>
    public string Address => _options.Listen.WithPort(Port).ToString();

    /// <summary>Begins to listen.</summary>
    /// <exception cref="Kevo.Core.ConfigurationException">The address cannot be listened on.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.Certificates is null && !_options.Listen.IsLoopback)
        {
            LogPlainText(_logger, _options.Listen);
        }

        Port = await KestrelHost.StartAsync(_app, _options.Listen, "admin", cancellationToken);
        LogListening(_logger, Address);
    }

    /// <summary>Stops listening.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _metrics.Dispose();
    }

    private static Task WriteAsync(HttpContext http, int code, string contentType, ReadOnlyMemory<byte> body)
    {
        http.Response.StatusCode = code;
        http.Response.ContentType = contentType;
        http.Response.ContentLength = body.Length;
        return HttpMethods.IsHead(http.Request.Method)
            ? Task.CompletedTask
            : http.Response.Body.WriteAsync(body, http.RequestAborted).AsTask();
    }

    private static Task WriteTextAsync(HttpContext http, int code, string text, string contentType = PlainText) =>
        WriteAsync(http, code, contentType, System.Text.Encoding.UTF8.GetBytes(text));

    private void Limit(KestrelServerOptions kestrel)
    {
        kestrel.Limits.MaxConcurrentConnections = _options.MaxConnections;
        kestrel.Limits.MaxRequestBodySize = 0;
        kestrel.Limits.MaxRequestHeadersTotalSize = 8 << 10;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
    }

    private Task AnswerAsync(HttpContext http)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.CacheControl = "no-store";
        headers.XContentTypeOptions = "nosniff";
        if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
        {
            headers.Allow = "GET, HEAD";
            return WriteTextAsync(http, StatusCodes.Status405MethodNotAllowed, "This endpoint only reads.\n");
        }

        return http.Request.Path.Value switch
        {
            "/livez" => AnswerLivenessAsync(http),
            "/readyz" => AnswerReadinessAsync(http),
            "/metrics" => WriteTextAsync(http, StatusCodes.Status200OK, _metrics.Write(), PrometheusText.ContentType),
            "/status" => WriteAsync(
                http,
                StatusCodes.Status200OK,
                Json,
                JsonSerializer.SerializeToUtf8Bytes(_status.GetDocument(), StatusJson.Default.StatusDocument)),
            "/" => AnswerPageAsync(http),
            _ => WriteTextAsync(
                http, StatusCodes.Status404NotFound, "Here are /livez, /readyz, /metrics, /status, and a page at /.\n"),
        };
    }

    private Task AnswerLivenessAsync(HttpContext http)
    {
        ErrorReport? fatal = _status.Replica.GetReport().Fatal;
        return fatal is null
            ? WriteTextAsync(http, StatusCodes.Status200OK, "ok\n")
            : WriteTextAsync(http, StatusCodes.Status503ServiceUnavailable, $"{fatal.Kind}: {fatal.Message}\n");
    }

    private Task AnswerReadinessAsync(HttpContext http)
    {
        ReadinessReport report = _status.Readiness.Evaluate();
        int code = report.Ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        if (http.Request.Query.ContainsKey("verbose"))
        {
            return WriteAsync(
                http, code, Json, JsonSerializer.SerializeToUtf8Bytes(report, StatusJson.Default.ReadinessReport));
        }

        string reasons = string.Join(", ", report.Checks.Where(check => !check.Passed).Select(
            check => check.Cause is null || check.Cause == check.Code ? check.Code : $"{check.Code} ({check.Cause})"));
        return WriteTextAsync(http, code, report.Ready ? "ok\n" : $"not ready: {reasons}\n");
    }

    private Task AnswerPageAsync(HttpContext http)
    {
        http.Response.Headers.ContentSecurityPolicy = _page.ContentSecurityPolicy;
        return WriteAsync(http, StatusCodes.Status200OK, "text/html; charset=utf-8", _page.Content);
    }

    [LoggerMessage(5030, LogLevel.Information, "Status, probes and metrics are served at {Address}")]
    private static partial void LogListening(ILogger logger, string address);

    [LoggerMessage(5031, LogLevel.Warning,
        "Status, probes and metrics are served at {Address} without TLS and not only to this machine")]
    private static partial void LogPlainText(ILogger logger, ListenAddress address);
}
