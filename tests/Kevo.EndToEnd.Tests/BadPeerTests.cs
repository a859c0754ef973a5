using Kevo.EndToEnd.Tests.Opponents;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Replica.Demo;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>What a wrong or misbehaving peer leads to: a clear line, the documented exit code, and no loss.</summary>
public sealed class BadPeerTests
{
    public static TheoryData<string, int> BadMessageCases { get; } = new(
        BadMessages.All.Keys.Select(name => new TheoryDataRow<string, int>(
            name, name == "gap that never closes" ? ExitCode.HistoryLost : ExitCode.Unreachable)));

    [Theory]
    [MemberData(nameof(BadMessageCases))]
    public async Task A_bad_message_is_refused_and_what_came_before_it_is_kept(string name, int code)
    {
        using var directory = new TemporaryDirectory();
        string data = directory.Combine("replica");
        await using ScriptedPrimary primary = await ScriptedPrimary.StartAsync(BadMessages.All[name]);
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(RunWords.FollowBriefly(
            primary.Address, data, "--follow", "tick", "--gap-timeout", "20ms"));
        await AssertFailedAsync(run, code);
        Assert.Equal(ScriptedPrimary.GoodEntries, DemoHistory.Read(data, TimeProvider.System).Last);
    }

    [Fact]
    public async Task An_unreachable_primary_is_exit_code_4()
    {
        using var directory = new TemporaryDirectory();
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(
            RunWords.FollowBriefly("127.0.0.1:1", directory.Combine("replica")));
        await AssertFailedAsync(run, ExitCode.Unreachable, "127.0.0.1:1");
    }

    [Fact]
    public async Task A_name_that_does_not_resolve_is_exit_code_4()
    {
        using var directory = new TemporaryDirectory();
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(
            RunWords.FollowBriefly("no-such-host.invalid:50052", directory.Combine("replica")));
        await AssertFailedAsync(run, ExitCode.Unreachable, "no-such-host.invalid");
    }

    [Fact]
    public async Task A_server_of_another_protocol_is_exit_code_4()
    {
        using var directory = new TemporaryDirectory();
        await using var server = new PlainServer();
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(
            RunWords.FollowBriefly(server.Address, directory.Combine("replica")));
        await AssertFailedAsync(run, ExitCode.Unreachable);
    }

    [Fact]
    public async Task TLS_against_a_plaintext_primary_is_exit_code_4()
    {
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(
            RunWords.FollowBriefly(primary.ReplicaFlags[1], directory.Combine("replica"), "--tls"));
        await AssertFailedAsync(run, ExitCode.Unreachable);
    }

    [Fact]
    public async Task Plaintext_against_a_TLS_primary_is_exit_code_4()
    {
        using var directory = new TemporaryDirectory();
        await using TlsRelay primary = await TlsRelay.StartAsync(directory.Combine("primary"));
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(
            RunWords.FollowBriefly(primary.Address, directory.Combine("replica")));
        await AssertFailedAsync(run, ExitCode.Unreachable);
    }

    [Fact]
    public async Task An_unknown_certificate_is_exit_code_4_and_the_right_authority_is_accepted()
    {
        using var directory = new TemporaryDirectory();
        await using TlsRelay primary = await TlsRelay.StartAsync(directory.Combine("primary"));
        string data = directory.Combine("replica");
        await using ReplicaRun refused = await ReplicaRun.ToEndAsync(
            RunWords.FollowBriefly(primary.Address, data, "--tls"));
        await AssertFailedAsync(refused, ExitCode.Unreachable, "certificate");
        await using ReplicaRun accepted = ReplicaRun.Start(
            RunWords.FollowBriefly(primary.Address, data, "--tls", "--tls-ca", primary.AuthorityFile));
        await accepted.WaitForEventAsync(Events.StreamOpened);
        Assert.Equal(ExitCode.Ok, await accepted.StopAsync());
    }

    [Fact]
    public async Task A_certificate_of_another_name_is_exit_code_4_unless_that_name_is_expected()
    {
        using var directory = new TemporaryDirectory();
        await using TlsRelay primary = await TlsRelay.StartAsync(directory.Combine("primary"));
        string[] words =
            [.. RunWords.FollowBriefly(
                primary.Address, directory.Combine("replica"), "--tls", "--tls-ca", primary.AuthorityFile)];
        await using ReplicaRun refused = await ReplicaRun.ToEndAsync([.. words, "--tls-server-name", "db.example"]);
        await AssertFailedAsync(refused, ExitCode.Unreachable, "certificate");
        await using ReplicaRun accepted = ReplicaRun.Start([.. words, "--tls-server-name", TlsRelay.Name]);
        await accepted.WaitForEventAsync(Events.StreamOpened);
        Assert.Equal(ExitCode.Ok, await accepted.StopAsync());
    }

    [Fact]
    public async Task Unusable_credentials_are_exit_code_2_and_name_the_file()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("authority.pem");
        await File.WriteAllTextAsync(file, "no certificate", TestContext.Current.CancellationToken);
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(
            RunWords.FollowBriefly("127.0.0.1:1", directory.Combine("replica"), "--tls", "--tls-ca", file));
        await AssertFailedAsync(run, ExitCode.Usage, file);
    }

    private static async Task AssertFailedAsync(ReplicaRun run, int code, string mention = "error: ")
    {
        Assert.True(await run.WaitForEndAsync() == code, run.Said);
        string line = Assert.Single(run.Error, line => line.StartsWith("kevo-replica: ", StringComparison.Ordinal));
        Assert.Contains(mention, line, StringComparison.OrdinalIgnoreCase);
    }
}
