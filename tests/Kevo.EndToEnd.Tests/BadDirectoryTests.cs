using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Replica.Demo;
using Kevo.Replica.Node;
using Kevo.Testing;

namespace Kevo.EndToEnd.Tests;

/// <summary>Data directories that cannot be used: a clear line, exit code 3, and nothing changed or lost.</summary>
public sealed class BadDirectoryTests
{
    [Fact]
    public async Task A_directory_of_another_format_is_left_alone()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.Combine(NodeFile.Name);
        const string Content = """{ "format": 99, "node": "a" }""";
        await File.WriteAllTextAsync(file, Content, TestContext.Current.CancellationToken);
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(RunWords.FollowBriefly("127.0.0.1:1", directory.Path));
        await AssertRefusedAsync(run, "format 99");
        Assert.Equal(Content, await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task A_directory_of_somebody_else_is_left_alone()
    {
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory.Combine("wal"));
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(RunWords.FollowBriefly("127.0.0.1:1", directory.Path));
        await AssertRefusedAsync(run, "is no data directory of kevo-replica");
        Assert.Single(Directory.GetFileSystemEntries(directory.Path));
    }

    [Fact]
    public async Task A_directory_in_use_by_another_process_is_refused_and_that_process_goes_on()
    {
        using var directory = new TemporaryDirectory();
        string data = directory.Combine("replica");
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        await using ReplicaRun first = ReplicaRun.Start(RunWords.Follow(primary, data));
        await first.WaitForEventAsync(NodeLog.StartedEvent);
        await using ReplicaRun second = await ReplicaRun.ToEndAsync(RunWords.Follow(primary, data));
        await AssertRefusedAsync(second, "in use");
        Assert.Equal(ExitCode.Ok, await first.StopAsync());
    }

    [Fact]
    public async Task A_read_only_directory_is_refused()
    {
        using var directory = new TemporaryDirectory();
        using MountedDisk disk = MountedDisk.MountOrSkip(directory.Combine("disk"), "16m");
        disk.MakeReadOnly();
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(
            RunWords.FollowBriefly("127.0.0.1:1", Path.Combine(disk.Path, "replica")));
        await AssertRefusedAsync(run, disk.Path);
    }

    [Fact]
    public async Task A_full_disk_ends_the_process_and_with_room_it_goes_on_without_loss()
    {
        using var directory = new TemporaryDirectory();
        using MountedDisk disk = MountedDisk.MountOrSkip(directory.Combine("disk"), "12m");
        string data = Path.Combine(disk.Path, "replica");
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        var workload = new DemoWorkload(Seed.For(3001), primary.LargestValue);
        for (int count = 0; count < 60_000; count++)
        {
            primary.Write(workload.Next());
        }

        primary.Flush();
        string[] words = [.. RunWords.Follow(primary, data, "--segment-size", "4MiB")];
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(words);
        await AssertRefusedAsync(run, disk.Path);
        Assert.InRange(primary.Acknowledged, 1ul, primary.LastSequence - 1);

        disk.Resize("512m");
        await using ReplicaRun again = ReplicaRun.Start(words);
        await again.WaitForEventAsync(NodeLog.StartedEvent);
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (primary.Acknowledged < primary.LastSequence)
        {
            await beat.WaitForNextTickAsync(limit.Token);
        }

        Assert.Equal(ExitCode.Ok, await again.StopAsync());
        Assert.Null(DemoComparison.FindDifference(
            await primary.ReadAsync(CancellationToken.None), DemoHistory.Read(data, TimeProvider.System)));
    }

    private static async Task AssertRefusedAsync(ReplicaRun run, string mention)
    {
        Assert.True(await run.WaitForEndAsync() == ExitCode.Storage, run.Said);
        string line = Assert.Single(run.Error, line => line.StartsWith("kevo-replica: ", StringComparison.Ordinal));
        Assert.StartsWith("kevo-replica: storage error: ", line, StringComparison.Ordinal);
        Assert.Contains(mention, line, StringComparison.Ordinal);
    }
}
