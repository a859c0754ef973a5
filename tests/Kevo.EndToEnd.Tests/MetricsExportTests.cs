using Kevo.EndToEnd.Tests.Opponents;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Replica.Demo;
using Kevo.Server.Metrics;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>Metrics pushed by OTLP, from the real executable to a collector on a socket.</summary>
public sealed class MetricsExportTests
{
    private const int AdminListening = 5030;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_collector_receives_what_a_scrape_shows(bool grpc)
    {
        using var directory = new TemporaryDirectory();
        await using TelemetryCollector collector = await TelemetryCollector.StartAsync(grpc);
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        var workload = new DemoWorkload(Seed.For(3300), primary.LargestValue);
        primary.Write(workload.Next());
        primary.Flush();
        await using ReplicaRun run = ReplicaRun.Start(
        [
            "run", "--data", directory.Combine("replica"), "--log-format", "json", .. primary.ReplicaFlags,
            "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
            "--otlp-endpoint", grpc ? collector.Url : collector.Url + "/v1/metrics",
        ]);
        string admin = await run.AddressAsync(AdminListening);
        using var view = new AdminView(admin);
        await view.UntilAsync(report => report.GetProperty("ready").GetBoolean());
        string scrape = await view.GetAsync("/metrics");

        // The last values leave when the process stops; what the primary has is not known any more by then.
        Assert.Equal(ExitCode.Ok, await run.StopAsync());
        string last = collector.Metrics[^1];
        MetricDefinition[] shown = [.. MetricTable.All.Except([MetricTable.PrimarySequence, MetricTable.LagEntries])
            .Where(metric => scrape.Contains($"# TYPE {metric.PrometheusName} ", StringComparison.Ordinal))];
        Assert.True(shown.Length > 40, $"Only {shown.Length} metrics were scraped.");
        Assert.All(shown, metric => Assert.Contains(metric.Name, last, StringComparison.Ordinal));
        Assert.Contains("service.instance.id", last, StringComparison.Ordinal);
    }
}
