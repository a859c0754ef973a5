using System.Text.Json.Nodes;
using Kevo.Core;
using Kevo.Server.Reporting;
using Kevo.Testing;

namespace Kevo.Server.Tests;

/// <summary>
/// The status page in a real browser: no script errors, nothing too wide, in light, dark and on a phone.
/// </summary>
public sealed class StatusPageTests
{
    private const string Loaded =
        "new Promise(done => { const look = () => document.documentElement?.dataset.loaded "
        + "? done(1) : setTimeout(look, 20); look(); })";

    [Theory]
    [InlineData("light", 1280, "healthy")]
    [InlineData("dark", 1280, "healthy")]
    [InlineData("light", 390, "healthy")]
    [InlineData("dark", 390, "troubled")]
    [InlineData("light", 1280, "troubled")]
    [InlineData("dark", 800, "starting")]
    [InlineData("light", 390, "recovering")]
    [InlineData("dark", 1280, "sidecar")]
    public async Task The_page_works_without_errors(string scheme, int width, string condition)
    {
        if (BrowserSession.Program is not string program)
        {
            Assert.Skip("No Chromium on this machine.");
            return;
        }

        await using AdminFixture admin = await AdminFixture.StartAsync();
        Play(admin, condition);
        await using BrowserSession browser = await BrowserSession.OpenAsync(program);
        await browser.SendAsync("Emulation.setDeviceMetricsOverride", new JsonObject
        {
            ["width"] = width,
            ["height"] = 900,
            ["deviceScaleFactor"] = width < 500 ? 2 : 1,
            ["mobile"] = width < 500,
        });
        await browser.SendAsync("Emulation.setEmulatedMedia", new JsonObject
        {
            ["features"] = new JsonArray(new JsonObject { ["name"] = "prefers-color-scheme", ["value"] = scheme }),
        });
        await browser.SendAsync("Page.navigate", new JsonObject { ["url"] = $"http://{admin.Server.Address}/" });
        await browser.EvaluateAsync(Loaded);
        await browser.EvaluateAsync(
            "(async () => { for (let i = 0; i < 100; i++) "
            + "{ await look(); await new Promise(done => setTimeout(done, 10)); } })()");
        await browser.EvaluateAsync("document.getElementById('settings').open = true");
        byte[] picture = await browser.CaptureAsync();
        string folder = Path.Combine(Repository.Root, "artifacts", "screenshots");
        Directory.CreateDirectory(folder);
        await File.WriteAllBytesAsync(Path.Combine(folder, $"status-{condition}-{scheme}-{width}.png"), picture);

        Assert.Empty(browser.Problems);
        Assert.True(picture.Length > 10_000);
        int contentWidth = (int)(await browser.EvaluateAsync("document.documentElement.scrollWidth"))!;
        Assert.True(contentWidth <= width, $"The page is {contentWidth} wide on a screen of {width}.");
        string text = (string)(await browser.EvaluateAsync("document.body.innerText"))!;
        Assert.Contains(condition is "healthy" or "sidecar" ? "Ready" : "Not ready", text, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", text, StringComparison.Ordinal);
        Assert.DoesNotContain("undefined", text, StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", text, StringComparison.Ordinal);
        Assert.Contains("(hidden)", text, StringComparison.Ordinal);
        Assert.Equal(condition == "troubled", text.Contains("certificate-expired", StringComparison.Ordinal));
        Assert.Equal(condition == "troubled", text.Contains("sync-failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_the_node_says_is_shown_as_text_and_never_run()
    {
        if (BrowserSession.Program is not string program)
        {
            Assert.Skip("No Chromium on this machine.");
            return;
        }

        const string attack = "<img src=x onerror=\"window.attacked=1\"><script>window.attacked=1</script>";
        await using AdminFixture admin = await AdminFixture.StartAsync();
        admin.Status.Report = admin.Status.Report with
        {
            RecentErrors = [new ErrorReport(DateTimeOffset.UtcNow, "protocol", attack)],
            Fatal = new ErrorReport(DateTimeOffset.UtcNow, "protocol", attack),
            PrimaryAddress = attack,
        };
        await using BrowserSession browser = await BrowserSession.OpenAsync(program);
        await browser.SendAsync("Page.navigate", new JsonObject { ["url"] = $"http://{admin.Server.Address}/" });
        await browser.EvaluateAsync(Loaded);
        Assert.Null(await browser.EvaluateAsync("window.attacked ?? null"));
        Assert.Contains(
            "onerror", (string)(await browser.EvaluateAsync("document.body.innerText"))!, StringComparison.Ordinal);
        Assert.Empty(browser.Problems);
    }

    private static void Play(AdminFixture admin, string condition)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        Random random = new(7);
        for (int key = 0; key < 20; key++)
        {
            admin.Store.Put([(byte)key], new byte[100]);
        }

        admin.Store.BeginEpoch(2, 4_091_000);
        long looks = 0;
        admin.Status.Live = report =>
        {
            long look = Interlocked.Increment(ref looks);
            long entries = (long)(4_000_000 + (look * 900) + (400 * Math.Sin(look / 9.0)));
            admin.Activity = admin.Activity with { Calls = look * 37, ActiveCalls = 3, RowsSent = look * 900 };
            admin.Metrics.RecordSync(TimeSpan.FromMilliseconds(1.2 + random.NextDouble()));
            return report with
            {
                StateSince = now.AddSeconds(-4),
                ProgressAt = DateTimeOffset.UtcNow,
                PrimaryHeardAt = DateTimeOffset.UtcNow,
                FollowMode = "relay",
                Positions = new PositionReport
                {
                    Received = At(entries + 40),
                    Appended = At(entries + 40),
                    Durable = At(entries),
                    Acknowledged = At(entries - 12),
                    PrimaryLast = (ulong)entries + 55,
                },
                Lag = new LagReport
                {
                    Entries = 55,
                    Bytes = 7040,
                    Time = TimeSpan.FromMilliseconds(30 + (20 * Math.Sin(look / 7.0))),
                },
                Counters = new FollowCounters
                {
                    Entries = entries,
                    Bytes = entries * 128,
                    Batches = entries / 40,
                    Heartbeats = 12,
                    Acknowledgements = entries / 80,
                    Duplicates = 2,
                    Reconnects = 1,
                },
                StateHistory =
                [
                    new StateChange(now.AddMinutes(-30), "CONNECTING", "STREAMING_ENTRIES", ""),
                    new StateChange(now.AddMinutes(-12), "STREAMING_ENTRIES", "ERROR", "the stream broke"),
                    new StateChange(now.AddMinutes(-11), "ERROR", "CONNECTING", ""),
                    new StateChange(now.AddMinutes(-11), "CONNECTING", "STREAMING_ENTRIES", ""),
                    new StateChange(now.AddSeconds(-4), "STREAMING_ENTRIES", "WAITING_FOR_DATA", ""),
                ],
                RecentErrors =
                [
                    new ErrorReport(
                        now.AddMinutes(-12),
                        "connection",
                        "The stream of primary.example:50052 ended: error reading from server: EOF. "
                        + "Trying again in 1.2 s.",
                        3),
                ],
            };
        };
        if (condition == "troubled")
        {
            Func<ReplicaReport, ReplicaReport> healthy = admin.Status.Live;
            admin.Status.Live = report => healthy(report) with
            {
                State = "ERROR",
                PrimaryHeardAt = now.AddMinutes(-3),
                Lag = new LagReport(),
                Fatal = new ErrorReport(
                    now, "storage",
                        "Syncing /var/lib/kevo/log/00000017.seg failed: input/output error. Restart the node.")
                {
                    Reason = "sync-failed",
                },
                Trouble = new ErrorReport(
                    now, "connection", "The certificate of primary.example:50052 has expired: renew it there.")
                {
                    Reason = "certificate-expired",
                },
            };
        }

        if (condition == "recovering")
        {
            admin.Status.Live = report => new ReplicaReport
            {
                State = StartStatus.Recovering,
                IsOpen = false,
                StateSince = now,
                Recovery = new WorkReport("replaying the log", 1_200_000, 4_000_000),
            };
        }

        if (condition == "sidecar")
        {
            PlaySidecar(admin, now);
        }

        if (condition == "starting")
        {
            admin.Status.Live = report => report with
            {
                State = "CONNECTING",
                StateSince = now,
                PrimaryHeardAt = null,
                Positions = new PositionReport(),
                Lag = new LagReport(),
                Bootstrap = new BootstrapReport { StartedAt = now.AddSeconds(-40), Keys = 1_200_000, Fraction = 0.4 },
            };
        }
    }

    private static void PlaySidecar(AdminFixture admin, DateTimeOffset now)
    {
        Func<ReplicaReport, ReplicaReport> healthy = admin.Status.Live!;
        admin.Status.Live = report => healthy(report) with
        {
            Role = NodeRoles.Sidecar,
            State = "COPYING",
            PrimaryAddress = "/var/lib/kevo",
            FollowMode = "stock, files",
            Lag = new LagReport { Bytes = 0, Time = TimeSpan.Zero },
        };
        admin.Source.Store = null;
        admin.Source.Server = null;
        admin.Source.Sidecar = () => new SidecarActivity
        {
            Directory = "/var/lib/kevo", File = "1700000000000000000.wal", Offset = 4_711_000, SkippedEntries = 1,
        };
        admin.Source.Relay = () => new RelayActivity
        {
            Address = "127.0.0.1:50052",
            First = At(1),
            Last = At(4_000_400),
            KnownReplicas = 3,
            Opened = 7,
            Streams =
            [
                new RelayStream
                {
                    Node = "3f0c8e1b2a4d5f60", Peer = "ipv4:10.0.0.7:40112", Sent = At(4_000_390),
                    Acknowledged = At(4_000_320), Heard = now, Connected = now.AddHours(-2),
                },
                new RelayStream
                {
                    Peer = "ipv4:10.0.0.9:40118", Sent = At(3_900_000), Acknowledged = At(3_899_000),
                    Heard = now.AddSeconds(-3), Connected = now.AddMinutes(-2),
                },
            ],
        };
    }

    private static LogPosition At(long sequence) => new(2, (ulong)sequence);
}
