using System.Text;
using Kevo.Server.Export;
using Kevo.Server.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kevo.Server.Tests;

/// <summary>Metrics sent by OTLP to a collector.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task Metrics_arrive_at_a_collector_under_the_names_of_the_table()
    {
        TaskCompletionSource<byte[]> arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using WebApplication collector = await StartCollectorAsync(async http =>
        {
            using MemoryStream body = new();
            await http.Request.Body.CopyToAsync(body);
            http.Response.ContentType = "application/x-protobuf";
            arrived.TrySetResult(body.ToArray());
        });
        using ReplicaMetrics metrics = new("9.8.7", TimeProvider.System);
        metrics.RecordSync(TimeSpan.FromMilliseconds(1));
        using (OtlpExport export = new(OnlyWhenFlushed(collector), "node-7", "9.8.7", NullLogger.Instance))
        {
            metrics.RecordSync(TimeSpan.FromMilliseconds(1));
            Assert.True(export.Flush(ServerFixture.Patience));
        }

        string sent = Encoding.Latin1.GetString(await arrived.Task.WaitAsync(ServerFixture.Patience));
        Assert.Contains("kevo.replica.sync.duration", sent, StringComparison.Ordinal);
        Assert.Contains("node-7", sent, StringComparison.Ordinal);
        Assert.Contains("9.8.7", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_collector_that_fails_is_told_of_once_and_again_when_it_takes_what_is_sent()
    {
        int status = StatusCodes.Status400BadRequest;
        await using WebApplication collector = await StartCollectorAsync(http =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        using ReplicaMetrics metrics = new("9.8.7", TimeProvider.System);
        metrics.RecordSync(TimeSpan.FromMilliseconds(1));
        FakeLogger<OtlpExport> logger = new();
        using OtlpExport export = new(OnlyWhenFlushed(collector), "node-7", "9.8.7", logger);
        Assert.False(export.Flush(ServerFixture.Patience));
        Assert.False(export.Flush(ServerFixture.Patience));
        string refused = Assert.Single(logger.Lines);
        Assert.Contains("cannot be reached or refuses metrics", refused, StringComparison.Ordinal);
        Assert.Contains(collector.Urls.Single(), refused, StringComparison.Ordinal);

        status = StatusCodes.Status200OK;
        Assert.True(export.Flush(ServerFixture.Patience));
        Assert.True(export.Flush(ServerFixture.Patience));
        Assert.Equal(2, logger.Lines.Count);
        Assert.Contains("takes metrics again", logger.Lines[1], StringComparison.Ordinal);
    }

    private static OtlpOptions OnlyWhenFlushed(WebApplication collector) => new()
    {
        Metrics = new Uri(collector.Urls.Single() + "/v1/metrics"),
        Interval = TimeSpan.FromHours(1),
    };

    private static async Task<WebApplication> StartCollectorAsync(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        WebApplication collector = builder.Build();
        collector.Run(answer);
        await collector.StartAsync();
        return collector;
    }
}
