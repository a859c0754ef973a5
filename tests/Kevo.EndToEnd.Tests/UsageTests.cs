using System.Net;
using System.Net.Sockets;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

public sealed class UsageTests
{
    [Fact]
    public async Task An_unknown_flag_is_exit_code_2_and_names_the_nearest()
    {
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(["run", "--primray", "a:1"]);
        Assert.Equal(ExitCode.Usage, await run.WaitForEndAsync());
        Assert.Contains("did you mean --primary?", run.Error[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_key_of_the_file_is_exit_code_2_and_nothing_is_made()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine("kevo.json");
        await File.WriteAllTextAsync(file, """{ "dat": "x" }""", TestContext.Current.CancellationToken);
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(
            RunWords.FollowBriefly("127.0.0.1:1", directory.Combine("replica"), "--config", file));
        Assert.Equal(ExitCode.Usage, await run.WaitForEndAsync());
        Assert.Contains("did you mean \"data\"?", run.Error[0], StringComparison.Ordinal);
        Assert.False(Directory.Exists(directory.Combine("replica")));
    }

    [Fact]
    public async Task An_unknown_environment_variable_is_exit_code_2()
    {
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(["config"], ("KEVO_REPLICA_DAT", "x"));
        Assert.Equal(ExitCode.Usage, await run.WaitForEndAsync());
        Assert.Contains("did you mean KEVO_REPLICA_DATA?", run.Error[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_exit_code_2_in_one_line()
    {
        using var directory = new TemporaryDirectory();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        string[] words =
        [
            "run", "--data", directory.Combine("replica"), "--primary", "127.0.0.1:1", "--listen", "off",
            "--admin", taken.LocalEndpoint.ToString()!, "--log-format", "json", "--log-level", "error",
        ];
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(words);
        Assert.Equal(ExitCode.Usage, await run.WaitForEndAsync());
        string line = Assert.Single(run.Error);
        Assert.Contains($"admin address {taken.LocalEndpoint} cannot be listened on", line, StringComparison.Ordinal);
    }
}
