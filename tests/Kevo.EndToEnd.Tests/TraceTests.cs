using System.Diagnostics.Tracing;
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
}
