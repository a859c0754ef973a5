using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica;
using Kevo.Replica.Supervision;
using Kevo.Testing;
using Kevo.Wire.Contracts.Replication;

namespace Kevo.EndToEnd.Tests;

/// <summary>What an operator sees of a relay: the same endpoint as that of a replica, and limits at its port.</summary>
public sealed class RelayOperatorTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly StockDirectoryWriter _stock;

    public RelayOperatorTests()
    {
        _stock = new StockDirectoryWriter(_directory.Combine("kevo"));
        _stock.Write((byte)Operation.Put, "a"u8.ToArray(), "1"u8.ToArray());
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stock.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_sidecar_answers_probes_scrapes_and_status_and_names_its_replicas()
    {
        await using ReplicaRun relay = StartSidecar();
        string admin = await relay.AddressAsync(Events.AdminListening);
        using var view = new AdminView(admin);
        await view.UntilAsync(report => report.GetProperty("ready").GetBoolean());
        Assert.Equal("ok\n", await view.GetAsync("/livez"));
        Assert.Contains("<title>Kevo replica</title>", await view.GetAsync("/"), StringComparison.Ordinal);

        await using ReplicaRun replica = ReplicaRun.Start(
        [
            .. RunWords.Quiet(_directory.Combine("replica")), "--primary",
            await relay.AddressAsync(Events.RelayListening), "--ack-interval", "10ms",
        ]);
        string node = (await replica.WaitForEventAsync(6000)).GetProperty("data").GetProperty("Node").GetString()!;
        JsonElement status = await UntilAsync(view, document =>
            document.GetProperty("relay").GetProperty("streams").EnumerateArray().Any(stream =>
                stream.GetProperty("acknowledged").GetString() == "1:1"));
        Assert.Equal("sidecar", status.GetProperty("replica").GetProperty("role").GetString());
        Assert.Equal("COPYING", status.GetProperty("replica").GetProperty("state").GetString());
        Assert.Equal(0, status.GetProperty("sidecar").GetProperty("bytesBehind").GetInt64());
        Assert.Equal(
            node, status.GetProperty("relay").GetProperty("streams")[0].GetProperty("node").GetString());
        string[] metrics = [.. (await view.GetAsync("/metrics")).Split('\n')
            .Where(line => line.Length > 0 && line[0] != '#')];
        Assert.Contains("kevo_replica_ready 1", metrics);
        Assert.Contains("kevo_replica_relay_streams 1", metrics);
        Assert.Contains("kevo_replica_relay_lag_entries 0", metrics);
        Assert.Contains("kevo_replica_sidecar_behind_bytes 0", metrics);
        Assert.DoesNotContain(metrics, line => line.StartsWith("kevo_replica_primary_heard", StringComparison.Ordinal));
        await using ReplicaRun table = await ReplicaRun.ToEndAsync(["status", "--admin", admin]);
        Assert.Contains(table.Out, line =>
            line.StartsWith("serves", StringComparison.Ordinal) && line.Contains(node, StringComparison.Ordinal));
        await using ReplicaRun health = await ReplicaRun.ToEndAsync(["health", "--admin", admin]);
        Assert.Equal(ExitCode.Ok, await health.WaitForEndAsync());
        Assert.Equal(ExitCode.Ok, await relay.StopAsync());
    }

    [Fact]
    public async Task A_relay_whose_directory_cannot_be_used_says_why_everywhere()
    {
        Directory.CreateDirectory(_directory.Combine("sidecar", "of-somebody-else"));
        await using ReplicaRun relay = StartSidecar();
        using var view = new AdminView(await relay.AddressAsync(Events.AdminListening));
        await view.UntilAsync(report => report.GetProperty("checks").EnumerateArray().Any(check =>
            check.GetProperty("code").GetString() == "failed"
            && check.GetProperty("cause").GetString() == "format-unknown"));
        Assert.Contains("is no data directory", await view.GetAsync("/livez"), StringComparison.Ordinal);
        Assert.Equal(ExitCode.Storage, await relay.StopAsync());
    }

    [Fact]
    public async Task Streams_and_requests_at_the_relay_port_are_limited_and_the_rate_can_be_changed()
    {
        string file = _directory.Combine("kevo-replica.json");
        await LimitAsync(file, 3);
        await using ReplicaRun relay = StartSidecar("--config", file, "--relay-max-streams", "1");
        using GrpcChannel channel =
            GrpcChannel.ForAddress($"http://{await relay.AddressAsync(Events.RelayListening)}");
        var client = new WALReplicationService.WALReplicationServiceClient(channel);
        using AsyncServerStreamingCall<WALStreamResponse> first = client.StreamWAL(Request());
        await first.ResponseHeadersAsync;
        using AsyncServerStreamingCall<WALStreamResponse> second = client.StreamWAL(Request());
        RpcException refused = await Assert.ThrowsAsync<RpcException>(
            () => second.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Contains("serves 1 streams already", refused.Status.Detail, StringComparison.Ordinal);

        RpcException limited = await Assert.ThrowsAsync<RpcException>(() => AcknowledgeAsync(client, times: 10_000));
        Assert.Equal(StatusCode.ResourceExhausted, limited.StatusCode);
        Assert.Contains("3 requests per second", limited.Status.Detail, StringComparison.Ordinal);

        await LimitAsync(file, 0);
        ProcessSignal.RequestReload(relay.Id);
        await relay.WaitForEventAsync(SupervisionLog.ReloadedEvent);
        await AcknowledgeAsync(client, times: 50);
        using var view = new AdminView(await relay.AddressAsync(Events.AdminListening));
        Assert.DoesNotContain(
            "\nkevo_replica_relay_rate_refusals_total 0\n", await view.GetAsync("/metrics"), StringComparison.Ordinal);
    }

    private static Task LimitAsync(string file, int rate) => File.WriteAllTextAsync(
        file, $"{{ \"relay-max-request-rate\": \"{rate}\" }}", TestContext.Current.CancellationToken);

    private static async Task AcknowledgeAsync(WALReplicationService.WALReplicationServiceClient client, int times)
    {
        for (int i = 0; i < times; i++)
        {
            await client.AcknowledgeAsync(
                new Ack { AcknowledgedUpTo = 1 }, cancellationToken: TestContext.Current.CancellationToken);
        }
    }

    private static WALStreamRequest Request() => new()
    {
        StartSequence = 0, ProtocolVersion = 1, ListenerAddress = "127.0.0.1:1",
    };

    private static async Task<JsonElement> UntilAsync(AdminView view, Func<JsonElement, bool> wanted)
    {
        using var limit = new CancellationTokenSource(ReplicaRun.Patience);
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        JsonElement document = await view.GetJsonAsync("/status");
        while (!wanted(document))
        {
            Assert.False(limit.IsCancellationRequested, $"The status stayed {document}");
            await beat.WaitForNextTickAsync();
            document = await view.GetJsonAsync("/status");
        }

        return document;
    }

    private ReplicaRun StartSidecar(params string[] more) => ReplicaRun.Start(
    [
        "relay", "--kevo-dir", _directory.Combine("kevo"), "--data", _directory.Combine("sidecar"),
        "--relay-listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-format", "json", .. more,
    ]);
}
