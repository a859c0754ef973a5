using System.Text;
using Kevo.Server.Export;
using Kevo.Server.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace Kevo.Server.Tests;

/// <summary>Metrics sent by OTLP to a collector.</summary>
public sealed class OtlpTests
{
    [Fact]
    public async Task Metrics_arrive_at_a_collector_under_the_names_of_the_table()
    {
        TaskCompletionSource<byte[]> arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using WebApplication collector = builder.Build();
        collector.Run(async http =>
        {
            using MemoryStream body = new();
            await http.Request.Body.CopyToAsync(body);
            http.Response.ContentType = "application/x-protobuf";
            arrived.TrySetResult(body.ToArray());
        });
        await collector.StartAsync();
        using ReplicaMetrics metrics = new("9.8.7", TimeProvider.System);
        metrics.RecordSync(TimeSpan.FromMilliseconds(1));
        OtlpOptions options = new()
        {
            Metrics = new Uri(collector.Urls.Single() + "/v1/metrics"),
            Interval = TimeSpan.FromHours(1),
        };
        using (OtlpExport export = new(options, "node-7", "9.8.7"))
        {
            metrics.RecordSync(TimeSpan.FromMilliseconds(1));
            Assert.True(export.Flush(ServerFixture.Patience));
        }

        string sent = Encoding.Latin1.GetString(await arrived.Task.WaitAsync(ServerFixture.Patience));
        Assert.Contains("kevo.replica.sync.duration", sent, StringComparison.Ordinal);
        Assert.Contains("node-7", sent, StringComparison.Ordinal);
        Assert.Contains("9.8.7", sent, StringComparison.Ordinal);
    }
}
