using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Opponents;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Replica.Node;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>What the executable writes to standard error.</summary>
public sealed class LogTests
{
    private const int AdminListening = 5030;
    private const string SecretValue = "value-nobody-may-see";

    [Fact]
    public async Task Elsewhere_than_on_a_terminal_every_line_is_JSON_and_none_shows_keys_or_data()
    {
        using var directory = new TemporaryDirectory();
        using var certificates = new TestCertificates();
        await using GuardedPrimary primary =
            await GuardedPrimary.StartAsync(directory.Combine("primary"), certificates);
        primary.Put("key-nobody-may-see", Encoding.UTF8.GetBytes(SecretValue));
        (string certificate, string key) = certificates.Issue("replica", "client");
        await using ReplicaRun run = ReplicaRun.Start(
        [
            "run", "--data", directory.Combine("replica"), "--primary", primary.Address.ToString(), "--log-level",
            "trace", "--tls", "--tls-ca", certificates.AuthorityFile, "--tls-cert", certificate, "--tls-key", key,
            "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0",
        ]);
        string admin = await run.AddressAsync(AdminListening);
        using var view = new AdminView(admin);
        await view.UntilAsync(report => report.GetProperty("ready").GetBoolean());
        string shown = await view.GetAsync("/status") + await view.GetAsync("/metrics");
        Assert.Equal(ExitCode.Ok, await run.StopAsync());

        Assert.True(run.Error.Count > 10, run.Said);
        Assert.All(run.Error, line =>
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(line).RootElement.ValueKind));
        string[] secrets =
        [
            "key-nobody-may-see", SecretValue, Convert.ToBase64String(Encoding.UTF8.GetBytes(SecretValue)),
            (await File.ReadAllLinesAsync(key, TestContext.Current.CancellationToken))[1],
        ];
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, run.Said + shown, StringComparison.Ordinal));
    }

    [Fact]
    public async Task On_a_terminal_a_line_is_text()
    {
        // The program script of the system gives a command a terminal.
        const string Script = "/usr/bin/script";
        if (!File.Exists(Script))
        {
            Assert.Skip("There is no program here that gives a command a terminal.");
        }

        using var directory = new TemporaryDirectory();
        string command = $"{ReplicaExecutable.FullPath} run --data {directory.Combine("replica")} "
            + "--primary 127.0.0.1:1 --listen off --admin off --exit-when-unreachable --max-retries 1";
        var start = new ProcessStartInfo(Script, ["-qec", command, "/dev/null"])
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
        };
        start.Environment["NO_COLOR"] = "1";
        using Process process = Process.Start(start)!;
        string said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(ExitCode.Unreachable, process.ExitCode);
        Assert.Matches($@"\d\d:\d\d\.\d{{3}}Z info  {NodeLog.StartedEvent} Node ", said);
        Assert.DoesNotContain("{\"time\"", said, StringComparison.Ordinal);
    }
}
