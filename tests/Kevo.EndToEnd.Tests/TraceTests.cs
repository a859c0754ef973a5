using System.Diagnostics.Tracing;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica.Node;
using Kevo.Testing;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Kevo.EndToEnd.Tests;

public sealed class TraceTests
{
    [Fact]
    public async Task Tools_attach_to_a_running_process_and_receive_its_events()
    {
        using var directory = new TemporaryDirectory();
        await using ReplicaRun run = ReplicaRun.Start(
        [
            .. RunWords.Quiet(directory.Combine("replica")), "--primary", "127.0.0.1:1",
            "--retry-base-delay", "5ms", "--retry-max-delay", "20ms",
        ]);
        await run.WaitForEventAsync(NodeLog.StartedEvent);

        // The process dials again and again; every attempt is an event of the runtime's sockets.
        const string Provider = "System.Net.Sockets";
        using EventPipeSession session = new DiagnosticsClient(run.Id).StartEventPipeSession(
            new EventPipeProvider(Provider, EventLevel.Informational, (long)EventKeywords.All), requestRundown: false);
        using var source = new EventPipeEventSource(session.EventStream);
        var received = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        source.Dynamic.All += traced =>
        {
            if (traced.ProviderName == Provider)
            {
                received.TrySetResult(traced.EventName);
            }
        };
        Task reading = Task.Factory.StartNew(
            source.Process, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        string name = await received.Task.WaitAsync(ReplicaRun.Patience, TestContext.Current.CancellationToken);
        Assert.NotEmpty(name);
        await session.StopAsync(TestContext.Current.CancellationToken);
        await reading.WaitAsync(ReplicaRun.Patience, TestContext.Current.CancellationToken);
    }
}
