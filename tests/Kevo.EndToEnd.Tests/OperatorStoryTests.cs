using System.Text.Json;
using Kevo.EndToEnd.Tests.Opponents;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Replica.Commands;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>
/// An operator connects a node to a primary with mutual TLS, scrapes it, breaks something, and finds each time in
/// status, readiness, metrics and log the same plain reason.
/// </summary>
public sealed class OperatorStoryTests : IDisposable
{
    private const int Failure = 3006;
    private const int Recovered = 3008;
    private const int AdminListening = 5030;
    private const int CertificateExpired = 5022;
    private const int EndedForGood = 6004;

    private readonly TemporaryDirectory _directory = new();
    private readonly TestCertificates _certificates = new();

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificates.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_node_is_connected_and_scraped_with_mutual_TLS()
    {
        await using GuardedPrimary primary = await GuardedPrimary.StartAsync(_directory.Combine("log"), _certificates);
        await using ReplicaRun run = ReplicaRun.Start(Words(primary, _directory.Combine("data")));
        using AdminView view = await ViewAsync(run);
        await view.UntilAsync(IsReady);
        string metrics = await view.GetAsync("/metrics");
        Assert.Contains("\nkevo_replica_ready 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nkevo_replica_sequence{position=\"durable\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("kevo_replica_trouble", metrics, StringComparison.Ordinal);
        Assert.Contains(
            "certificate_expiry_timestamp_seconds{endpoint=\"primary\"}", metrics, StringComparison.Ordinal);
        await using ReplicaRun health = await AskAsync("health", run);
        Assert.True(await health.WaitForEndAsync() == ExitCode.Ok, health.Said);
        Assert.Equal(ExitCode.Ok, await run.StopAsync());
    }

    [Fact]
    public async Task When_the_primary_is_gone_everything_says_so_until_it_is_back()
    {
        await using GuardedPrimary primary = await GuardedPrimary.StartAsync(_directory.Combine("log"), _certificates);
        await using ReplicaRun run = ReplicaRun.Start(Words(primary, _directory.Combine("data")));
        using AdminView view = await ViewAsync(run);
        await view.UntilAsync(IsReady);
        await primary.GoAwayAsync();
        await AssertSameReasonAsync(run, view, "lagging", "primary-unreachable", "cannot be reached", Failure);
        await primary.ServeAsync();
        await run.WaitForEventAsync(Recovered);
        await view.UntilAsync(IsReady);
        Assert.DoesNotContain(
            "kevo_replica_trouble", await view.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task When_the_certificate_of_the_primary_has_expired_everything_says_so()
    {
        await using GuardedPrimary primary = await GuardedPrimary.StartAsync(_directory.Combine("log"), _certificates);
        await using ReplicaRun run = ReplicaRun.Start(Words(primary, _directory.Combine("data")));
        using AdminView view = await ViewAsync(run);
        await view.UntilAsync(IsReady);
        await primary.GoAwayAsync();
        await primary.ServeAsync(expired: true);
        await AssertSameReasonAsync(run, view, "lagging", "certificate-expired", "has expired", Failure);
    }

    [Fact]
    public async Task When_a_certificate_of_the_node_runs_out_everything_says_so()
    {
        await using GuardedPrimary primary = await GuardedPrimary.StartAsync(_directory.Combine("log"), _certificates);
        (string certificate, string key) =
            _certificates.Issue("short", until: TimeProvider.System.GetUtcNow().AddSeconds(3));
        await using ReplicaRun run = ReplicaRun.Start(
            [.. Words(primary, _directory.Combine("data")), "--listen-cert", certificate, "--listen-key", key]);
        using AdminView view = await ViewAsync(run);
        JsonElement report = await view.UntilAsync(
            report => CauseOf(report, "certificate-expired") == "certificate-expired");
        string sentence = FailedCheck(report, "certificate-expired").GetProperty("detail").GetString()!;
        JsonElement status = await view.GetJsonAsync("/status");
        Assert.Equal(
            sentence,
            FailedCheck(status.GetProperty("readiness"), "certificate-expired").GetProperty("detail").GetString());
        Assert.Contains(
            "\nkevo_replica_not_ready_reason{reason=\"certificate-expired\"} 1\n",
            await view.GetAsync("/metrics"),
            StringComparison.Ordinal);
        JsonElement record = await run.WaitForEventAsync(CertificateExpired);
        Assert.Contains(sentence, record.GetProperty("message").GetString(), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("certificate-expired", record.GetProperty("data").GetProperty("Reason").GetString());
    }

    [Fact]
    public async Task When_the_disk_is_full_everything_says_so_and_then_the_process_ends()
    {
        using MountedDisk disk = MountedDisk.MountOrSkip(_directory.Combine("disk"), "12m");
        await using GuardedPrimary primary = await GuardedPrimary.StartAsync(_directory.Combine("log"), _certificates);
        string data = Path.Combine(disk.Path, "data");
        await using ReplicaRun run = ReplicaRun.Start([.. Words(primary, data), "--segment-size", "4MiB"]);
        using AdminView view = await ViewAsync(run);
        await view.UntilAsync(IsReady);
        byte[] value = new byte[256 << 10];
        new Random(Seed.For(3100)).NextBytes(value);
        for (int entry = 0; entry < 64; entry++)
        {
            primary.Put($"key-{entry:D2}", value);
        }

        await AssertSameReasonAsync(run, view, "failed", "disk-full", disk.Path, EndedForGood);
        Assert.Contains("disk-full", await view.GetAsync("/readyz"), StringComparison.Ordinal);
        Assert.Contains(disk.Path, await view.GetAsync("/livez"), StringComparison.Ordinal);
        Assert.True(await run.StopAsync() == ExitCode.Storage, run.Said);
        Assert.Single(run.Error, line => line.StartsWith("kevo-replica: storage error: ", StringComparison.Ordinal));
    }

    // One reason and one sentence, wherever an operator looks.
    private async Task AssertSameReasonAsync(
        ReplicaRun run, AdminView view, string check, string reason, string sentence, int logEvent)
    {
        JsonElement readiness = await view.UntilAsync(report => CauseOf(report, check) == reason);
        string detail = FailedCheck(readiness, check).GetProperty("detail").GetString()!;
        Assert.Contains(sentence, detail, StringComparison.Ordinal);

        JsonElement trouble = (await view.GetJsonAsync("/status")).GetProperty("replica").GetProperty("trouble");
        Assert.Equal(reason, trouble.GetProperty("reason").GetString());
        string message = trouble.GetProperty("message").GetString()!;
        Assert.EndsWith(message, detail, StringComparison.Ordinal);

        string metrics = await view.GetAsync("/metrics");
        Assert.Contains($"\nkevo_replica_trouble{{reason=\"{reason}\"}} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains(
            $"\nkevo_replica_not_ready_reason{{reason=\"{check}\"}} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nkevo_replica_ready 0\n", metrics, StringComparison.Ordinal);

        await run.WaitForEventAsync(logEvent, record =>
            record.GetProperty("data").GetProperty("Reason").GetString() == reason
            && record.GetProperty("data").GetProperty("Message").GetString() == message);

        await using ReplicaRun health = await AskAsync("health", run);
        Assert.Equal(HealthCommand.NotReady, await health.WaitForEndAsync());
        Assert.Contains(health.Out, line => line.EndsWith(message, StringComparison.Ordinal));
        await using ReplicaRun status = await AskAsync("status", run);
        Assert.Contains(status.Out, line =>
            line.StartsWith("trouble", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));
    }

    private IEnumerable<string> Words(GuardedPrimary primary, string data)
    {
        (string certificate, string key) = _certificates.Issue("replica", "client");
        (string adminCertificate, string adminKey) = _certificates.Issue("admin");
        return
        [
            "run", "--data", data, "--log-format", "json", "--primary", primary.Address.ToString(),
            "--tls", "--tls-ca", _certificates.AuthorityFile, "--tls-cert", certificate, "--tls-key", key,
            "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--admin-cert", adminCertificate,
            "--admin-key", adminKey, "--admin-client-ca", _certificates.AuthorityFile,
            "--ready-lag", "500ms", "--retry-base-delay", "50ms", "--retry-max-delay", "200ms",
        ];
    }

    private async Task<AdminView> ViewAsync(ReplicaRun run)
    {
        string address = await run.AddressAsync(AdminListening);
        return new AdminView(address, _certificates.AuthorityFile, _certificates.Issue("operator", "client"));
    }

    private async Task<ReplicaRun> AskAsync(string command, ReplicaRun run)
    {
        (string certificate, string key) = _certificates.Issue("probe", "client");
        return await ReplicaRun.ToEndAsync(
        [
            command, "--admin", await run.AddressAsync(AdminListening), "--tls",
            "--tls-ca", _certificates.AuthorityFile,
            "--tls-cert", certificate, "--tls-key", key,
        ]);
    }

    private static bool IsReady(JsonElement report) => report.GetProperty("ready").GetBoolean();

    private static string? CauseOf(JsonElement report, string check)
    {
        JsonElement found = FailedCheck(report, check);
        return found.ValueKind == JsonValueKind.Object ? found.GetProperty("cause").GetString() : null;
    }

    private static JsonElement FailedCheck(JsonElement report, string check) =>
        report.GetProperty("checks").EnumerateArray().FirstOrDefault(each =>
            each.GetProperty("code").GetString() == check && !each.GetProperty("passed").GetBoolean());
}
