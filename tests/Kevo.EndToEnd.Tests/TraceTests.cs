using System.Diagnostics;
using System.Diagnostics.Tracing;
using System.Globalization;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica.Demo;
using Kevo.Replica.Node;
using Kevo.Testing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Kevo.EndToEnd.Tests;

/// <summary>What <c>dotnet-trace</c> does: it attaches by the same library, and reads the same events.</summary>
public sealed class TraceTests
{
    [Fact]
    public async Task Tools_attach_to_a_running_process_and_see_its_batches_and_syncs()
    {
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        await using ReplicaRun run = ReplicaRun.Start(RunWords.Follow(primary, directory.Combine("replica")));
        await run.WaitForEventAsync(NodeLog.StartedEvent);

        const string Provider = "Kevo-Replica";
        using EventPipeSession session = new DiagnosticsClient(run.Id).StartEventPipeSession(
            new EventPipeProvider(Provider, EventLevel.Informational, (long)EventKeywords.All), requestRundown: false);
        using var source = new EventPipeEventSource(session.EventStream);
        var waited = new HashSet<string> { "BatchApplied", "LogSynced", "StateChanged" };
        var received = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        source.Dynamic.All += traced =>
        {
            if (traced.ProviderName == Provider && waited.Remove(traced.EventName) && waited.Count == 0)
            {
                received.TrySetResult();
            }
        };
        Task reading = Task.Factory.StartNew(
            source.Process, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        // Events leave the process in blocks, so the primary goes on writing until the first ones are here.
        var workload = new DemoWorkload(Seed.For(3200), primary.LargestValue);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        while (!received.Task.IsCompleted)
        {
            Assert.False(limit.IsCancellationRequested, $"Not seen: {string.Join(", ", waited)}");
            primary.Write(workload.Next());
            primary.Flush();
            await beat.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        await session.StopAsync(TestContext.Current.CancellationToken);
        await reading.WaitAsync(ReplicaRun.Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_tool_itself_attaches_and_writes_a_file_with_the_events()
    {
        await RunToolAsync("tool", "restore");
        using var directory = new TemporaryDirectory();
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        await using ReplicaRun run = ReplicaRun.Start(RunWords.Follow(primary, directory.Combine("replica")));
        await run.WaitForEventAsync(NodeLog.StartedEvent);
        string file = directory.Combine("replica.nettrace");
        Task tool = RunToolAsync(
            "dotnet-trace", "collect", "--process-id", run.Id.ToString(CultureInfo.InvariantCulture),
            "--providers", "Kevo-Replica", "--duration", "00:00:03", "--output", file);
        var workload = new DemoWorkload(Seed.For(3201), primary.LargestValue);
        using (var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(20)))
        {
            while (!tool.IsCompleted)
            {
                primary.Write(workload.Next());
                primary.Flush();
                await beat.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            }
        }

        await tool;
        HashSet<string> seen = [];
        using var source = new EventPipeEventSource(file);
        source.Dynamic.All += traced => seen.Add($"{traced.ProviderName}/{traced.EventName}");
        source.Process();
        Assert.Contains("Kevo-Replica/BatchApplied", seen);
        Assert.Contains("Kevo-Replica/LogSynced", seen);
        Assert.Equal(0, await run.StopAsync());
    }

    // The tool is listed in .config/dotnet-tools.json and comes from the package archive like the libraries.
    private static async Task RunToolAsync(params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", words)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Repository.Root,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        Task<string> said = process.StandardOutput.ReadToEndAsync(limit.Token);
        Task<string> complained = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        Assert.True(process.ExitCode == 0, await said + await complained);
    }
}
