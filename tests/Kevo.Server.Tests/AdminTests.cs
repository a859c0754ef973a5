using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kevo.Server.Reporting;

namespace Kevo.Server.Tests;

/// <summary>The endpoint of operators: probes, metrics, status and the page.</summary>
public sealed class AdminTests
{
    [Fact]
    public async Task Liveness_fails_only_when_the_data_path_has_ended()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Status.Report = admin.Status.Report with { Lag = new LagReport(), PrimaryHeardAt = null };
        Assert.Equal(HttpStatusCode.OK, (await admin.Client.GetAsync("/livez")).StatusCode);
        admin.Status.Report = admin.Status.Report with
        {
            Fatal = new ErrorReport(DateTimeOffset.UnixEpoch, "storage", "sync of segment 7 failed"),
        };
        HttpResponseMessage answer = await admin.Client.GetAsync("/livez");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("storage: sync of segment 7 failed\n", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Readiness_is_ok_when_everything_is()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Equal("ok\n", await admin.Client.GetStringAsync("/readyz"));
    }

    public static TheoryData<string> Reasons =>
    [
        ReadinessCodes.Failed, ReadinessCodes.PrimarySilent, ReadinessCodes.Lagging,
        ReadinessCodes.LagUnknown, ReadinessCodes.Draining, ReadinessCodes.CatchingUp, ReadinessCodes.PrimaryRotated,
        ReadinessCodes.PrimaryNotAnswering, ReadinessCodes.CertificateExpired, ReadinessCodes.PrimaryTooFar,
    ];

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Readiness_says_each_reason_in_words_and_for_machines(string reason)
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Break(admin, reason);
        HttpResponseMessage brief = await admin.Client.GetAsync("/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, brief.StatusCode);
        string cause = reason == ReadinessCodes.Failed ? " (disk-full)" : "";
        Assert.Equal($"not ready: {reason}{cause}\n", await brief.Content.ReadAsStringAsync());
        HttpResponseMessage verbose = await admin.Client.GetAsync("/readyz?verbose");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, verbose.StatusCode);
        ReadinessReport? report = JsonSerializer.Deserialize(
            await verbose.Content.ReadAsStringAsync(), StatusJson.Default.ReadinessReport);
        Assert.False(report!.Ready);
        Assert.Equal(reason, Assert.Single(report.Checks, check => !check.Passed).Code);
        string metrics = await admin.Client.GetStringAsync("/metrics");
        Assert.Contains("kevo_replica_ready 0\n", metrics, StringComparison.Ordinal);
        Assert.Contains(
            $"kevo_replica_not_ready_reason{{reason=\"{reason}\"}} 1\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_history_is_ready_only_when_its_primary_is_known_to_have_none_either()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        ReplicaReport level = admin.Status.Report with { Positions = new PositionReport() };
        admin.Status.Report = level with { Lag = new LagReport() };
        Assert.Equal(
            [ReadinessCodes.NoHistory, ReadinessCodes.LagUnknown],
            admin.Readiness.Evaluate().Checks.Where(check => !check.Passed).Select(check => check.Code));
        admin.Status.Report = level;
        Assert.True(admin.Readiness.Evaluate().Ready);
        admin.Status.Report = level with { Role = NodeRoles.Relay, Lag = new LagReport() };
        HttpResponseMessage refused = await admin.Client.GetAsync("/readyz");
        Assert.Equal("not ready: no-history\n", await refused.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData(ReadinessCodes.PrimarySilent)]
    [InlineData(ReadinessCodes.Lagging)]
    [InlineData(ReadinessCodes.LagUnknown)]
    public async Task A_check_that_fails_because_of_an_error_says_which(string reason)
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Break(admin, reason);
        admin.Status.Report = admin.Status.Report with
        {
            Trouble = new ErrorReport(DateTimeOffset.UnixEpoch, "connection", "The certificate has expired.")
            {
                Reason = "certificate-expired",
            },
        };
        ReadinessCheck check = Assert.Single(admin.Readiness.Evaluate().Checks, check => !check.Passed);
        Assert.Equal("certificate-expired", check.Cause);
        Assert.EndsWith("; connection: The certificate has expired.", check.Detail, StringComparison.Ordinal);
        Assert.Equal(
            $"not ready: {reason} (certificate-expired)\n",
            await (await admin.Client.GetAsync("/readyz")).Content.ReadAsStringAsync());
        Assert.Contains(
            "kevo_replica_trouble{reason=\"certificate-expired\"} 1\n",
            await admin.Client.GetStringAsync("/metrics"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_can_be_read_back_whole()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Store.Put([1], [2]);
        admin.Metrics.RecordSync(TimeSpan.FromMilliseconds(3));
        admin.Status.Report = admin.Status.Report with
        {
            StateHistory = [new StateChange(DateTimeOffset.UnixEpoch, "CONNECTING", "ERROR", "refused")],
            RecentErrors = [new ErrorReport(DateTimeOffset.UnixEpoch, "connection", "refused", 3)],
            Lag = new LagReport { Entries = 5, Bytes = 6, Time = TimeSpan.FromSeconds(1.5) },
        };
        string text = await admin.Client.GetStringAsync("/status");
        StatusDocument? document = JsonSerializer.Deserialize(text, StatusJson.Default.StatusDocument);
        Assert.Equal("n1", document!.Node.Id);
        Assert.Equal(TimeSpan.FromSeconds(1.5), document.Replica.Lag.Time);
        Assert.Equal("refused", Assert.Single(document.Replica.StateHistory).Reason);
        Assert.Equal(new(1, 1), document.Visible);
        Assert.Equal(0.003, document.Syncs.MedianSeconds);
        Assert.Contains("\"durable\":\"1:1\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_figures_are_null_and_not_zero()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Status.Report = admin.Status.Report with { Lag = new LagReport() };
        string text = await admin.Client.GetStringAsync("/status");
        Assert.Contains("\"lag\":{\"entries\":null,\"bytes\":null,\"time\":null}", text, StringComparison.Ordinal);
        Assert.DoesNotContain(
            "kevo_replica_lag", await admin.Client.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_hidden()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        string text = await admin.Client.GetStringAsync("/status");
        Assert.DoesNotContain("very-secret", text, StringComparison.Ordinal);
        Assert.Contains("(hidden)", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_page_needs_nothing_from_outside_and_may_run_only_its_own_script()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        HttpResponseMessage answer = await admin.Client.GetAsync("/");
        string page = await answer.Content.ReadAsStringAsync();
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        string policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        int start = page.IndexOf("<script>", StringComparison.Ordinal) + "<script>".Length;
        string script = page[start..page.IndexOf("</script>", StringComparison.Ordinal)];
        string digest = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));
        Assert.Contains($"script-src 'sha256-{digest}'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain(" src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
        Assert.DoesNotContain("innerHTML", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_only_reads()
    {
        await using AdminFixture admin = await AdminFixture.StartAsync();
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await admin.Client.PostAsync("/status", null)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await admin.Client.GetAsync("/other")).StatusCode);
        using HttpRequestMessage head = new(HttpMethod.Head, "/status");
        HttpResponseMessage answer = await admin.Client.SendAsync(head);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.Content.ReadAsByteArrayAsync());
    }

    private static void Break(AdminFixture admin, string reason)
    {
        ReplicaReport whole = admin.Status.Report;
        if (reason == ReadinessCodes.CertificateExpired)
        {
            admin.CertificateExpiries.Add(("listen", DateTimeOffset.UnixEpoch));
        }

        if (reason == ReadinessCodes.Draining)
        {
            admin.Readiness.BeginDraining();
        }

        admin.Status.Report = reason switch
        {
            ReadinessCodes.Failed => whole with
            {
                Fatal = new ErrorReport(DateTimeOffset.UnixEpoch, "storage", "disk full")
                {
                    Reason = "disk-full",
                },
            },
            ReadinessCodes.PrimarySilent => whole with { PrimaryHeardAt = DateTimeOffset.UtcNow.AddMinutes(-1) },
            ReadinessCodes.Lagging => whole with { Lag = new LagReport { Time = TimeSpan.FromSeconds(11) } },
            ReadinessCodes.CatchingUp => whole with
            {
                Bootstrap = new BootstrapReport { StartedAt = DateTimeOffset.UnixEpoch },
            },
            ReadinessCodes.PrimaryRotated => whole with { PrimaryCondition = PrimaryConditions.Rotated },
            ReadinessCodes.PrimaryNotAnswering => whole with { PrimaryCondition = PrimaryConditions.NotAnswering },
            ReadinessCodes.PrimaryTooFar => whole with
            {
                PrimaryCondition = PrimaryConditions.TooFar, PrimaryHeardAt = DateTimeOffset.UtcNow.AddSeconds(-20),
            },
            ReadinessCodes.LagUnknown => whole with { Lag = new LagReport() },
            _ => whole,
        };
    }
}
