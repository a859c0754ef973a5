using System.Diagnostics;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica;
using Kevo.Replica.Demo;
using Kevo.Replica.Node;
using Kevo.Storage.Log;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

public sealed class StopTests
{
    [Fact]
    public async Task SIGTERM_under_load_ends_within_two_seconds_with_everything_durable_acknowledged()
    {
        using var directory = new TemporaryDirectory();
        string data = directory.Combine("replica");
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        await using ReplicaRun run = ReplicaRun.Start(RunWords.Follow(primary, data));
        var workload = new DemoWorkload(Seed.For(2001), primary.LargestValue);
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (primary.Acknowledged == 0)
        {
            limit.Token.ThrowIfCancellationRequested();
            primary.Write(workload.Next());
            primary.Flush();
        }

        var stopping = Stopwatch.StartNew();
        Task<int> end = run.StopAsync();
        while (!end.IsCompleted)
        {
            primary.Write(workload.Next());
            primary.Flush();
        }

        Assert.Equal(ExitCode.Ok, await end);
        Assert.InRange(stopping.Elapsed, TimeSpan.Zero, StopSignals.Patience);
        using WriteAheadLog log = WriteAheadLog.Open(
            new LogOptions { Directory = DataDirectory.LogPathOf(data) }, LinuxFileSystem.Instance);
        Assert.Equal(log.Durable.Sequence, primary.Acknowledged);
        Assert.True(log.Durable > LogPosition.None);
    }

    [Fact]
    public async Task SIGTERM_while_the_primary_is_away_ends_at_once()
    {
        using var directory = new TemporaryDirectory();
        await using ReplicaRun run = ReplicaRun.Start(
        [
            .. RunWords.Quiet(directory.Combine("replica")), "--primary", "127.0.0.1:1",
            "--retry-base-delay", "1h", "--retry-max-delay", "1h",
        ]);
        await run.WaitForEventAsync(NodeLog.StartedEvent);
        var stopping = Stopwatch.StartNew();
        Assert.Equal(ExitCode.Ok, await run.StopAsync());
        Assert.InRange(stopping.Elapsed, TimeSpan.Zero, StopSignals.Patience);
    }
}
