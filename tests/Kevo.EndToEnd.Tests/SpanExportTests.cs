using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Core.Tracing;
using Kevo.EndToEnd.Tests.Opponents;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Replica;
using Kevo.Replica.Demo;
using Kevo.Testing;
using Kevo.Wire.Contracts.Client;
using Operation = Kevo.Core.Operation;

namespace Kevo.EndToEnd.Tests;

/// <summary>Traces pushed by OTLP, from the real executable to a collector on a socket that decodes them.</summary>
public sealed class SpanExportTests : IDisposable
{
    private const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    private const string Caller = "00f067aa0ba902b7";

    private readonly TemporaryDirectory _directory = new();

    /// <inheritdoc/>
    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_collector_receives_what_the_node_did_and_what_its_clients_asked(bool grpc)
    {
        await using TelemetryCollector collector = await TelemetryCollector.StartAsync(grpc);
        await using RelayDemoPrimary primary = await RelayDemoPrimary.StartAsync(
            _directory.Combine("primary"), TimeProvider.System, TestContext.Current.CancellationToken);
        // Enough for a few memtables of 2 MiB, so that they are flushed and the tables made one.
        for (int i = 0; i < 400; i++)
        {
            primary.Write([new DemoOperation(Operation.Put, [(byte)i, (byte)(i >> 8)], new byte[64 * 1024])]);
        }

        primary.Flush();
        await using ReplicaRun run = ReplicaRun.Start(
        [
            "run", "--data", _directory.Combine("replica"), "--log-format", "json", .. primary.ReplicaFlags,
            "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--memory-limit", "16MiB", "--trace-ratio", "1",
            "--otlp-endpoint", grpc ? collector.Url : collector.Url + "/v1/metrics",
        ]);
        using var view = new AdminView(await run.AddressAsync(Events.AdminListening));
        await view.UntilAsync(report => report.GetProperty("ready").GetBoolean());
        await AskAsync(await run.AddressAsync(Events.ReadsListening));
        await UntilAsync(view, "kevo_replica_store_compactions_total 0", wanted: false);
        Assert.Equal(ExitCode.Ok, await run.StopAsync());

        IReadOnlyList<ReceivedSpan> spans = collector.Spans;
        Assert.All(spans, span =>
        {
            Assert.Equal(SpanTable.SourceName, span.Scope);
            Assert.Equal("kevo-replica", span.Resource["service.name"]);
            Assert.NotEmpty(span.Resource["service.instance.id"]);
            Assert.True(span.End >= span.Start, span.ToString());
            SpanDefinition known = SpanTable.All.First(
                each => each.Name == span.Name || (each == SpanTable.Call
                    && span.Name.StartsWith(SpanTable.CallService, StringComparison.Ordinal)));
            Assert.All(span.Attributes.Keys, name => Assert.Contains(name, known.Attributes));
        });
        ReceivedSpan connect = Of(spans, SpanTable.Connect);
        Assert.Equal(primary.ReplicaFlags[1], connect.Attributes[SpanAttributes.ServerAddress]);
        Assert.Equal("relay", connect.Attributes[SpanAttributes.Mode]);
        Assert.Equal("0:0", Of(spans, SpanTable.Recovery).Attributes[SpanAttributes.Position]);
        Assert.True(long.Parse(Of(spans, SpanTable.Flush).Attributes[SpanAttributes.WrittenBytes], null) > 1 << 20);
        Assert.Contains(spans, span => span.Name == SpanTable.Compaction.Name);
        ReceivedSpan batch = Of(spans, SpanTable.Batch);
        Assert.Equal(
            [SpanTable.Apply.Name, SpanTable.Sync.Name],
            spans.Where(span => span.ParentId == batch.SpanId).Select(span => span.Name).Order());
        ReceivedSpan call = Assert.Single(spans, span => span.Name == "kevo.KevoService/Get");
        Assert.Equal((Trace, Caller, 2L), (call.TraceId, call.ParentId, call.Kind));
        Assert.Equal("0", call.Attributes[SpanAttributes.RpcStatus]);
    }

    [Fact]
    public async Task Rare_spans_are_sent_always_and_frequent_ones_by_their_share_or_as_the_client_says()
    {
        await using TelemetryCollector collector = await TelemetryCollector.StartAsync(grpc: true);
        await using StockDemoPrimary primary = await StockDemoPrimary.StartAsync(
            TimeProvider.System, TestContext.Current.CancellationToken);
        primary.Write([new DemoOperation(Operation.Put, "a"u8.ToArray(), "1"u8.ToArray())]);
        await using ReplicaRun run = ReplicaRun.Start(
        [
            "run", "--data", _directory.Combine("replica"), "--log-format", "json", .. primary.ReplicaFlags.Take(4),
            "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--trace-ratio", "0",
            "--otlp-traces-endpoint", collector.Url,
        ]);
        using var view = new AdminView(await run.AddressAsync(Events.AdminListening));
        await view.UntilAsync(report => report.GetProperty("ready").GetBoolean());
        primary.Write([new DemoOperation(Operation.Put, "a"u8.ToArray(), "2"u8.ToArray())]);
        await AskAsync(await run.AddressAsync(Events.ReadsListening));
        Assert.Equal(ExitCode.Ok, await run.StopAsync());

        IReadOnlyList<ReceivedSpan> spans = collector.Spans;
        Assert.Empty(collector.Metrics);
        Assert.DoesNotContain(spans, span => span.Name == SpanTable.Batch.Name || span.Name == SpanTable.Sync.Name);
        ReceivedSpan walk = Of(spans, SpanTable.Snapshot);
        Assert.Equal("StreamOpened", walk.Attributes[SpanAttributes.Reason]);
        Assert.Equal("1", walk.Attributes[SpanAttributes.Keys]);
        Assert.Equal(walk.SpanId, Of(spans, SpanTable.Reconcile).ParentId);
        Assert.Equal(Trace, Assert.Single(spans, span => span.Name == "kevo.KevoService/Get").TraceId);
    }

    [Fact]
    public async Task Attempts_that_fail_say_why_and_commands_are_traced_too()
    {
        await using TelemetryCollector collector = await TelemetryCollector.StartAsync(grpc: true);
        string[] otlp = ["--otlp-traces-endpoint", collector.Url];
        await using ReplicaRun run = await ReplicaRun.ToEndAsync(
            [.. RunWords.FollowBriefly("127.0.0.1:1", _directory.Combine("replica"), otlp)]);
        ReceivedSpan connect = Of(collector.Spans, SpanTable.Connect);
        Assert.Equal(ReceivedSpan.Error, connect.Status);
        Assert.Equal("primary-unreachable", connect.Attributes[SpanAttributes.ErrorType]);
        Assert.Contains("127.0.0.1:1", connect.StatusMessage, StringComparison.Ordinal);

        string stock = _directory.Combine("kevo");
        using (var writer = new StockDirectoryWriter(stock))
        {
            writer.Write((byte)Operation.Put, "a"u8.ToArray(), "1"u8.ToArray());
        }

        string data = _directory.Combine("imported");
        await using ReplicaRun import =
            await ReplicaRun.ToEndAsync(["import", "--kevo-dir", stock, "--data", data, .. otlp]);
        Assert.True(await import.WaitForEndAsync() == ExitCode.Ok, import.Said);
        Assert.Equal("1:1", Of(collector.Spans, SpanTable.Import).Attributes[SpanAttributes.Position]);
        await using ReplicaRun promote = await ReplicaRun.ToEndAsync(
            ["promote", "--data", data, "--to", _directory.Combine("promoted"), .. otlp]);
        Assert.True(await promote.WaitForEndAsync() == ExitCode.Ok, promote.Said);
        Assert.Equal("1", Of(collector.Spans, SpanTable.Promote).Attributes[SpanAttributes.Keys]);
    }

    private static ReceivedSpan Of(IReadOnlyList<ReceivedSpan> spans, SpanDefinition definition)
    {
        Assert.True(
            spans.Any(span => span.Name == definition.Name),
            $"No {definition.Name} among: {string.Join("; ", spans.Take(50))}");
        return spans.First(span => span.Name == definition.Name);
    }

    private static async Task AskAsync(string address)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{address}");
        var client = new KevoService.KevoServiceClient(channel);
        await client.GetAsync(
            new GetRequest { Key = Google.Protobuf.ByteString.CopyFromUtf8("a") },
            new Metadata { { "traceparent", $"00-{Trace}-{Caller}-01" } },
            cancellationToken: TestContext.Current.CancellationToken);
    }

    private static async Task UntilAsync(AdminView view, string line, bool wanted)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while ((await view.GetAsync("/metrics")).Contains($"\n{line}\n", StringComparison.Ordinal) != wanted)
        {
            await beat.WaitForNextTickAsync(limit.Token);
        }
    }
}
