using System.Text.Json;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>TLS with client certificates at every port of the executable, and files that cannot serve.</summary>
public sealed class TlsTests : IDisposable
{
    private const int ReadsListening = 5010;
    private const int AdminListening = 5030;
    private const int RelayListening = 6002;
    private const int PlainReads = 5011;
    private const int CertificatesRenewed = 5020;
    private const int PlainAdmin = 5031;
    private const int PlainRelay = 6003;

    private readonly TemporaryDirectory _directory = new();
    private readonly TestCertificates _certificates = new();
    private readonly StockDirectoryWriter _stock;

    public TlsTests()
    {
        _stock = new StockDirectoryWriter(_directory.Combine("kevo"));
        _certificates.Issue("server");
        _certificates.Issue("replica", "client");
        _certificates.Issue("stranger", "client");
    }

    public void Dispose()
    {
        _stock.Dispose();
        _certificates.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Every_port_wants_a_certificate_with_a_pinned_name_and_renewals_drop_no_stream()
    {
        Write("key", "1");
        await using ReplicaRun relay = ReplicaRun.Start(
        [
            "relay", "--admin", "off",
            "--kevo-dir", _directory.Combine("kevo"), "--data", _directory.Combine("relay"),
            "--log-format", "json", "--relay-listen", "127.0.0.1:0", .. Serves("relay"),
        ]);
        string upstream = await relay.AddressAsync(RelayListening);
        await using ReplicaRun replica = ReplicaRun.Start([.. Follows(upstream, "first"), .. Calls("replica")]);
        string reads = await replica.AddressAsync(ReadsListening);
        string admin = await replica.AddressAsync(AdminListening);
        await replica.WaitForEventAsync(Events.StreamOpened);

        await using ReplicaRun health = await UntilReadyAsync(admin);
        await using ReplicaRun read = await ReplicaRun.ToEndAsync(
            ["get", "key", "--server", reads, .. Calls("replica")]);
        Assert.Equal(["1"], read.Out);
        await AssertRefusedAsync(["get", "key", "--server", reads, .. Calls("stranger")]);
        await AssertRefusedAsync(["get", "key", "--server", reads, "--tls", "--tls-ca", _certificates.AuthorityFile]);
        await AssertRefusedAsync(["get", "key", "--server", reads]);
        await AssertRefusedAsync(["health", "--admin", admin, .. Calls("stranger")]);
        await AssertRefusedAsync(["health", "--admin", admin]);
        await AssertRefusedAsync(
            [.. RunWords.FollowBriefly(upstream, _directory.Combine("stranger")), .. Calls("stranger")]);
        await AssertRefusedAsync(RunWords.FollowBriefly(upstream, _directory.Combine("plain")));

        // One stream, open from before the renewal to after it.
        _certificates.Issue("server");
        _certificates.Issue("replica", "client");
        ProcessSignal.RequestReload(replica.Id);
        ProcessSignal.RequestReload(relay.Id);
        foreach (string endpoint in (string[])["primary", "listen", "admin"])
        {
            await replica.WaitForEventAsync(CertificatesRenewed, record => Endpoint(record) == endpoint);
        }

        await relay.WaitForEventAsync(CertificatesRenewed, record => Endpoint(record) == "relay");
        Write("key", "2");
        await UntilReadAsync(reads, "2");
        Assert.DoesNotContain(replica.Error, line => line.Contains("\"event\":3006", StringComparison.Ordinal));
        Assert.Equal(ExitCode.Ok, await replica.StopAsync());
        Assert.Equal(ExitCode.Ok, await relay.StopAsync());
    }

    [Fact]
    public async Task A_probe_with_the_nodes_own_settings_trusts_the_nodes_own_certificate()
    {
        string file = _directory.Combine("kevo-replica.json");
        await File.WriteAllTextAsync(
            file, JsonSerializer.Serialize(new Dictionary<string, string>
            {
                ["primary"] = "127.0.0.1:1",
                ["tls"] = "true",
                ["tls-ca"] = _certificates.AuthorityFile,
                ["admin-cert"] = _certificates.PathOf("server.pem"),
                ["admin-key"] = _certificates.PathOf("server.key"),
            }), TestContext.Current.CancellationToken);
        await using ReplicaRun run = ReplicaRun.Start(
        [
            "run", "--config", file, "--data", _directory.Combine("replica"), "--listen", "off", "--admin",
            "127.0.0.1:0", "--log-format", "json",
        ]);
        string admin = await run.AddressAsync(AdminListening);
        await using ReplicaRun health = await ReplicaRun.ToEndAsync(["health", "--config", file, "--admin", admin]);
        Assert.True(await health.WaitForEndAsync() == ExitCode.No, health.Said);
        await using ReplicaRun plain = await ReplicaRun.ToEndAsync(
            ["health", "--admin", "127.0.0.1:1"], ("KEVO_REPLICA_TLS", "true"));
        Assert.Equal(ExitCode.Unreachable, await plain.WaitForEndAsync());
    }

    [Theory]
    [InlineData("tls", "client")]
    [InlineData("listen", "server")]
    [InlineData("relay", "server")]
    [InlineData("admin", "server")]
    public async Task Files_that_cannot_serve_are_exit_code_2_before_anything_is_made(string endpoint, string purpose)
    {
        string other = purpose == "server" ? "client" : "server";
        (string expired, string expiredKey) = _certificates.Issue(
            "expired", purpose, until: TimeProvider.System.GetUtcNow().AddDays(-1));
        (string wrong, string wrongKey) = _certificates.Issue("wrong", other);
        (string good, string goodKey) = _certificates.Issue("good", purpose);
        string[] switches = endpoint == "tls" ? ["--tls"] : [];
        foreach ((string certificate, string key, string named, string reason) in
                 (List<(string, string, string, string)>)
                 [
                     (expired, expiredKey, expired, "expired"),
                     (wrong, wrongKey, wrong, "not issued for"),
                     (good, wrongKey, wrongKey, "does not hold the key"),
                     (_directory.Combine("absent.pem"), goodKey, "absent.pem", "cannot read"),
                     (goodKey, goodKey, goodKey, "holds no certificate"),
                 ])
        {
            string data = _directory.Combine("data-" + endpoint);
            string[] files = [.. switches, $"--{endpoint}-cert", certificate, $"--{endpoint}-key", key];
            await AssertUnusableAsync(["run", "--data", data, .. files], named, reason);
            await AssertUnusableAsync(["config", "--check", .. files], named, reason);
            Assert.False(Directory.Exists(data));
        }
    }

    [Fact]
    public async Task Listening_beyond_this_machine_without_TLS_is_a_warning_for_each_port()
    {
        await using ReplicaRun open = ReplicaRun.Start(
        [
            "run", "--data", _directory.Combine("open"), "--primary", "127.0.0.1:1", "--listen", "0.0.0.0:0",
            "--advertise", "127.0.0.1:1", "--admin", "0.0.0.0:0", "--relay-listen", "0.0.0.0:0", "--log-format", "json",
        ]);
        foreach (int warning in (int[])[PlainReads, PlainAdmin, PlainRelay])
        {
            JsonElement record = await open.WaitForEventAsync(warning);
            Assert.Equal("warning", record.GetProperty("level").GetString());
        }

        await using ReplicaRun closed = ReplicaRun.Start(
        [
            "run", "--data", _directory.Combine("closed"), "--primary", "127.0.0.1:1", "--listen", "0.0.0.0:0",
            "--advertise", "127.0.0.1:1", "--admin", "0.0.0.0:0", "--relay-listen", "0.0.0.0:0", "--log-format", "json",
            .. Serves("listen"), .. Serves("admin"), .. Serves("relay"),
        ]);
        await closed.WaitForEventAsync(6000);
        Assert.DoesNotContain(closed.Error, line => line.Contains("without TLS", StringComparison.Ordinal));
    }

    private IEnumerable<string> Serves(string endpoint) =>
    [
        $"--{endpoint}-cert", _certificates.PathOf("server.pem"),
        $"--{endpoint}-key", _certificates.PathOf("server.key"),
        $"--{endpoint}-client-ca", _certificates.AuthorityFile,
        $"--{endpoint}-client-subjects", "replica.example, other",
    ];

    private IEnumerable<string> Calls(string name) =>
    [
        "--tls", "--tls-ca", _certificates.AuthorityFile, "--tls-cert", _certificates.PathOf(name + ".pem"),
        "--tls-key", _certificates.PathOf(name + ".key"),
    ];

    private IEnumerable<string> Follows(string upstream, string data) =>
    [
        "run", "--primary", upstream, "--data", _directory.Combine(data), "--listen", "127.0.0.1:0",
        "--admin", "127.0.0.1:0", "--log-format", "json", .. Serves("listen"), .. Serves("admin"),
    ];

    private void Write(string key, string value) => _stock.Write(
        (byte)Core.Operation.Put, System.Text.Encoding.UTF8.GetBytes(key), System.Text.Encoding.UTF8.GetBytes(value));

    private static string? Endpoint(JsonElement record) =>
        record.GetProperty("data").GetProperty("Endpoint").GetString();

    private static async Task AssertRefusedAsync(IEnumerable<string> words)
    {
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(words);
        Assert.True(await run.WaitForEndAsync() == ExitCode.Unreachable, run.Said);
    }

    private static async Task AssertUnusableAsync(IEnumerable<string> words, string named, string reason)
    {
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(words);
        Assert.True(await run.WaitForEndAsync() == ExitCode.Usage, run.Said);
        string line = Assert.Single(run.Error);
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.Contains(reason, line, StringComparison.Ordinal);
    }

    // Every look asks another process, so the loops wait for events of the system, not for time.
    private async Task<ReplicaRun> UntilReadyAsync(string admin)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            ReplicaRun health = await ReplicaRun.ToEndAsync(["health", "--admin", admin, .. Calls("replica")]);
            if (await health.WaitForEndAsync() == ExitCode.Ok)
            {
                return health;
            }

            await health.DisposeAsync();
        }
    }

    private async Task UntilReadAsync(string reads, string wanted)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (true)
        {
            limit.Token.ThrowIfCancellationRequested();
            await using ReplicaRun get = await ReplicaRun.ToEndAsync(
                ["get", "key", "--server", reads, .. Calls("replica")]);
            if (get.Out.SequenceEqual([wanted]))
            {
                return;
            }
        }
    }
}
