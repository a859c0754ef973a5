using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kevo.Server.Metrics;
using Kevo.Server.Reporting;
using Kevo.Testing;

namespace Kevo.Server.Tests;

/// <summary>One table of metrics: instruments, documentation, alert rules and dashboard must agree with it.</summary>
public sealed partial class MetricsTests
{
    private static string Documentation => File.ReadAllText(Path.Combine(Repository.Root, "docs", "OPERATIONS.md"));

    private static string Alerts =>
        File.ReadAllText(Path.Combine(Repository.Root, "deploy", "prometheus", "alerts.yml"));

    private static string Dashboard =>
        File.ReadAllText(Path.Combine(Repository.Root, "deploy", "grafana", "dashboard.json"));

    [Fact]
    public void Names_are_unique_and_of_one_form()
    {
        Assert.All(MetricTable.All, metric => Assert.Matches("^kevo\\.replica(\\.[a-z]+)+$", metric.Name));
        Assert.Equal(
            MetricTable.All.Count, MetricTable.All.Select(metric => metric.PrometheusName).Distinct().Count());
        int fields = typeof(MetricTable).GetFields().Count(field => field.FieldType == typeof(MetricDefinition));
        Assert.Equal(fields, MetricTable.All.Count);
    }

    [Fact]
    public void The_documentation_lists_exactly_the_table()
    {
        string[] expected = [.. MetricTable.All.Select(RowOf)];
        string[] written =
        [
            .. Documentation.Split('\n')
                .SkipWhile(line => line != "### The table")
                .TakeWhile(line => line != "### Scraping")
                .Where(line => line.StartsWith("| `kevo.", StringComparison.Ordinal)),
        ];
        Assert.Equal(expected, written);
    }

    [Fact]
    public void Alert_rules_and_dashboard_use_only_names_of_the_table()
    {
        HashSet<string> exposed = [.. MetricTable.All.SelectMany(ExposedNames)];
        foreach (string text in new[] { Alerts, Dashboard })
        {
            string[] used = [.. MetricName().Matches(text).Select(match => match.Value).Distinct()];
            Assert.NotEmpty(used);
            Assert.All(used, name => Assert.Contains(name, exposed));
        }
    }

    [Fact]
    public void Every_alert_has_a_runbook_in_the_documentation()
    {
        string[] alerts = [.. AlertName().Matches(Alerts).Select(match => match.Groups[1].Value)];
        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => Assert.Contains($"### {alert}\n", Documentation, StringComparison.Ordinal));
        Assert.All(alerts, alert =>
            Assert.Contains($"docs/OPERATIONS.md#{alert.ToLowerInvariant()}", Alerts, StringComparison.Ordinal));
    }

    [Fact]
    public void The_dashboard_is_valid_json_with_an_expression_in_every_panel()
    {
        using JsonDocument dashboard = JsonDocument.Parse(Dashboard);
        JsonElement.ArrayEnumerator panels = dashboard.RootElement.GetProperty("panels").EnumerateArray();
        Assert.NotEmpty(panels);
        Assert.All(panels, panel =>
        {
            if (panel.GetProperty("type").GetString() != "row")
            {
                Assert.NotEqual(0, panel.GetProperty("targets").GetArrayLength());
            }
        });
    }

    [Fact]
    public async Task Every_instrument_of_the_table_exists_and_no_other()
    {
        List<string> published = [];
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Metrics.ObserveCertificates(() => [("listen", DateTimeOffset.UnixEpoch)]);
        server.Metrics.ObserveRelay(() => new RelayActivity());
        server.Metrics.ObserveSidecar(() => new SidecarActivity());
        using MeterListener listener = new()
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (ReferenceEquals(instrument.Meter, server.Metrics.Meter))
                {
                    published.Add(instrument.Name);
                    MetricDefinition row = Assert.Single(MetricTable.All, metric => metric.Name == instrument.Name);
                    Assert.Equal(row.Unit, instrument.Unit);
                    Assert.Equal(row.Meaning, instrument.Description);
                }
            },
        };
        listener.Start();
        Assert.Equal(MetricTable.All.Select(metric => metric.Name).Order(), published.Order());
    }

    [Fact]
    public async Task A_scrape_shows_what_happened()
    {
        await using ServerFixture server = await ServerFixture.StartAsync();
        server.Store.Put([1], [2]);
        server.Status.Report = server.Status.Report with
        {
            Positions = new PositionReport { Durable = new(3, 42), Received = new(3, 50), PrimaryLast = 60 },
            Lag = new LagReport { Entries = 18, Bytes = 100, Time = TimeSpan.FromSeconds(2.5) },
            Counters = new FollowCounters
            {
                Entries = 7,
                ErrorsByKind = new Dictionary<string, long> { ["connection"] = 2 },
            },
        };
        server.Metrics.RecordSync(TimeSpan.FromMilliseconds(3));
        server.Metrics.RecordSync(TimeSpan.FromSeconds(20));
        string text = ServerFixture.Scrape(server);
        foreach (string line in new[]
        {
            "# TYPE kevo_replica_sequence gauge",
            "kevo_replica_sequence{position=\"durable\"} 42",
            "kevo_replica_sequence{position=\"received\"} 50",
            "kevo_replica_epoch 3",
            "kevo_replica_primary_sequence 60",
            "kevo_replica_lag_entries 18",
            "kevo_replica_lag_bytes 100",
            "kevo_replica_lag_time_seconds 2.5",
            "kevo_replica_entries_total 7",
            "kevo_replica_errors_total{kind=\"connection\"} 2",
            "kevo_replica_errors_total{kind=\"storage\"} 0",
            "kevo_replica_state{state=\"WAITING_FOR_DATA\"} 1",
            "kevo_replica_state{state=\"ERROR\"} 0",
            "kevo_replica_ready 1",
            "# TYPE kevo_replica_sync_duration_seconds histogram",
            "kevo_replica_sync_duration_seconds_bucket{le=\"0.0025\"} 0",
            "kevo_replica_sync_duration_seconds_bucket{le=\"0.005\"} 1",
            "kevo_replica_sync_duration_seconds_bucket{le=\"10\"} 1",
            "kevo_replica_sync_duration_seconds_bucket{le=\"+Inf\"} 2",
            "kevo_replica_sync_duration_seconds_count 2",
            "kevo_replica_build_info{version=\"test\"} 1",
        })
        {
            Assert.Contains(line + "\n", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Recent_durations_forget_the_oldest()
    {
        RecentDurations recent = new(4);
        Assert.Empty(recent.Percentiles(0.5));
        for (int second = 1; second <= 6; second++)
        {
            recent.Add(TimeSpan.FromSeconds(second));
        }

        Assert.Equal(
            [TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6)],
            recent.Percentiles(0.5, 1.0));
        Assert.Equal(6, recent.Count);
    }

    [Fact]
    public void Recording_a_duration_allocates_nothing()
    {
        using ReplicaMetrics metrics = new("test", TimeProvider.System);
        using PrometheusText prometheus = new(metrics.Meter);
        Assert.Equal(0, AllocatedBytes.LeastOf(
            () =>
            {
                metrics.RecordSync(TimeSpan.FromMilliseconds(1));
                metrics.RecordApply(TimeSpan.FromMilliseconds(1));
                metrics.RecordCall("Get", TimeSpan.FromMilliseconds(1));
                ReplicaEventSource.Log.BatchApplied(1, 2, 3);
                ReplicaEventSource.Log.LogSynced(1, 2);
            },
            times: 1000));
    }

    [Fact]
    public void The_event_source_is_well_formed()
    {
        Assert.Null(ReplicaEventSource.Log.ConstructionException);
        string? manifest = System.Diagnostics.Tracing.EventSource.GenerateManifest(
            typeof(ReplicaEventSource), assemblyPathToIncludeInManifest: null);
        Assert.Contains("LogSynced", manifest, StringComparison.Ordinal);
    }

    [Fact]
    public void A_listener_sees_batches_syncs_and_state_changes()
    {
        using EventCollector collector = new();
        ReplicaEventSource.Log.BatchApplied(41, 3, 120);
        ReplicaEventSource.Log.LogSynced(41, 900);
        ReplicaEventSource.Log.StateChanged("CONNECTING", "STREAMING_ENTRIES");
        Assert.Equal(
            [
                "BatchApplied(lastSequence=41, entries=3, microseconds=120)",
                "LogSynced(durableSequence=41, microseconds=900)",
                "StateChanged(from=CONNECTING, to=STREAMING_ENTRIES)",
            ],
            collector.Events);
    }

    private static string RowOf(MetricDefinition metric) =>
        $"| `{metric.Name}` | `{metric.PrometheusName}` | {metric.Kind.ToString().ToLowerInvariant()} | "
        + $"{metric.Unit} | {(metric.Label.Length == 0 ? "" : $"`{metric.Label}`")} | {metric.Meaning} |";

    private static IEnumerable<string> ExposedNames(MetricDefinition metric) => metric.Kind == MetricKind.Histogram
        ? [$"{metric.PrometheusName}_bucket", $"{metric.PrometheusName}_sum", $"{metric.PrometheusName}_count"]
        : [metric.PrometheusName];

    [GeneratedRegex("kevo_replica_[a-z_]+")]
    private static partial Regex MetricName();

    [GeneratedRegex("- alert: (\\w+)")]
    private static partial Regex AlertName();
}
