using System.Net;
using System.Text;
using System.Text.Json;
using Kevo.Core;
using Kevo.EndToEnd.Tests.Processes;
using Kevo.Platform;
using Kevo.Replica;
using Kevo.Replica.Demo;
using Kevo.Storage.Store;
using Kevo.Testing;
using Kevo.Testing.Network;

namespace Kevo.EndToEnd.Tests.Joining;

/// <summary>Nodes that are new to a running chain whose logs no longer begin at 1.</summary>
public sealed class JoinTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Random _random = new(Seed.For(77));
    private RelayDemoPrimary _head = null!;
    private ServedNode _first = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _head = await StartHeadAsync("head");
        _first = NodeBehind(_head, "first").Start();
        await FillAsync(_head, _first, new LogPosition(1, 2));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _first.DisposeAsync();
        await _head.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_new_node_joins_under_load_however_often_it_is_killed_meanwhile_and_others_join_behind_it()
    {
        await using var slow = new FaultyProxy(IPEndPoint.Parse(_first.Reads)) { BytesPerSecond = 256 << 10 };
        await using ServedNode second = NodeBehind(_first, "second", "--primary-client", slow.Address.ToString());
        using var done = new CancellationTokenSource();
        Task load = LoadAsync(done.Token);
        for (int kills = 0; kills < 3; kills++)
        {
            second.Start();
            await second.UntilAsync(status =>
                status.GetProperty("replica") is { ValueKind: JsonValueKind.Object } replica
                && replica.GetProperty("bootstrap") is { ValueKind: JsonValueKind.Object } snapshot
                && snapshot.GetProperty("keys").GetInt64() > 0
                && !status.GetProperty("readiness").GetProperty("ready").GetBoolean());
            await second.Run.KillAsync();
            await using ReplicaRun scan = await ReplicaRun.ToEndAsync(["scan", "--data", second.Data]);
            Assert.Empty(scan.Out);
        }

        slow.BytesPerSecond = null;
        second.Start();
        await second.Run.WaitForEventAsync(Events.Joined);
        await done.CancelAsync();
        await load;
        await second.AssertSameAsync(_first, _head.LastSequence);

        // From here on it is a node as every other: it goes on after a stop, and is followed, by new ones too.
        Assert.Equal(ExitCode.Ok, await second.Run.StopAsync());
        Put(_head, "while it was away", 10);
        second.Start();
        await second.AssertSameAsync(_first, _head.LastSequence);
        Assert.DoesNotContain(second.Run.Error, line => line.Contains("\"event\":3022", StringComparison.Ordinal));
        await using ServedNode third = NodeBehind(second, "third", "--primary-client", second.Reads).Start();
        await third.Run.WaitForEventAsync(Events.Joined);
        Put(_head, "after all", 10);
        await third.AssertSameAsync(_first, _head.LastSequence);
        Assert.Equal(ExitCode.Ok, await third.Run.StopAsync());
    }

    [Fact]
    public async Task A_node_behind_one_that_has_just_joined_and_an_idle_primary_joins_at_the_same_position()
    {
        await using ServedNode second = NodeBehind(_first, "second", "--primary-client", _first.Reads).Start();
        await second.Run.WaitForEventAsync(Events.Joined);
        await using ServedNode third = NodeBehind(second, "third", "--primary-client", second.Reads).Start();
        await third.Run.WaitForEventAsync(Events.Joined);
        await third.AssertSameAsync(_first, _head.LastSequence);

        // Each has the last transaction of its snapshot, and nothing before it, to be compared with.
        Assert.Equal(ExitCode.Ok, await third.Run.StopAsync());
        third.Start();
        await third.Run.WaitForEventAsync(Events.StreamOpened);
        LogPosition held = new(1, _head.LastSequence);
        JsonElement status = await third.UntilAsync(static _ => true);
        Assert.Equal((held, held), ServedNode.LogOf(status));
        Assert.Equal((held, held), ServedNode.LogOf(await second.UntilAsync(static _ => true)));
        Put(_head, "the first", 1);
        await third.AssertSameAsync(_first, _head.LastSequence);
    }

    [Fact]
    public async Task A_node_that_was_away_for_too_long_begins_anew_with_a_snapshot_if_its_operator_wants_that()
    {
        await using ServedNode away = NodeBehind(_first, "away", "--primary-client", _first.Reads).Start();
        await away.AssertSameAsync(_first, _head.LastSequence);
        Assert.Equal(ExitCode.Ok, await away.Run.StopAsync());
        LogPosition held = new(1, _head.LastSequence);
        await FillAsync(_head, _first, held.Next.Next);

        away.Start();
        Assert.Equal(ExitCode.HistoryLost, await away.Run.WaitForEndAsync());
        Assert.Contains("--on-divergence resync", away.Run.Error[^1], StringComparison.Ordinal);

        away.Start("--on-divergence", "resync");
        await away.Run.WaitForEventAsync(Events.HistoryReplaced);
        await away.AssertSameAsync(_first, _head.LastSequence);
        Assert.True(Directory.Exists(Path.Combine(away.Data, "set-aside", $"diverged-1-{held.Sequence}", "log")));
        Put(_head, "afterwards", 10);
        await away.AssertSameAsync(_first, _head.LastSequence);
        Assert.Equal(ExitCode.Ok, await away.Run.StopAsync());
    }

    [Fact]
    public async Task A_node_with_another_history_takes_a_snapshot_if_its_operator_wants_that_one_with_none_by_itself()
    {
        await using RelayDemoPrimary otherHead = await StartHeadAsync("other head");
        await using (ServedNode before = NodeBehind(otherHead, "empty").Start())
        {
            await before.Run.WaitForEventAsync(Events.ReadsListening);
            Assert.Equal(ExitCode.Ok, await before.Run.StopAsync());
            BeginEpoch(before.Data, new LogPosition(1, 0));
        }

        await using ServedNode empty = NodeBehind(_first, "empty", "--primary-client", _first.Reads).Start();
        await empty.Run.WaitForEventAsync(Events.HistoryReplaced);
        await empty.AssertSameAsync(_first, _head.LastSequence);
        Put(otherHead, "of another history", 5);
        string data;
        await using (ServedNode before = NodeBehind(otherHead, "diverged").Start())
        {
            data = before.Data;
            await before.UntilAtAsync(5);
            Assert.Equal(ExitCode.Ok, await before.Run.StopAsync());
        }

        await using var diverged = new ServedNode(
            data, _first.Relay, "--primary-client", _first.Reads, "--on-divergence", "resync");
        diverged.Start();
        await diverged.Run.WaitForEventAsync(Events.HistoryReplaced);
        await diverged.AssertSameAsync(_first, _head.LastSequence);
    }

    [Fact]
    public async Task A_node_that_can_have_no_snapshot_ends_with_code_5_and_says_what_to_do()
    {
        // Nobody listens; a relay without reads; a node of another history at the very position; one of another epoch.
        await AssertRefusedAsync("nobody", "127.0.0.1:1", "nothing answers at 127.0.0.1:1");
        await AssertRefusedAsync("relay", _first.Relay, $"{_first.Relay} has no read service");
        await AssertRefusedAsync("never", _first.Reads, "--bootstrap never", "--bootstrap", "never");

        await using RelayDemoPrimary otherHead = await StartHeadAsync("other head");
        Put(otherHead, "of another history", (int)_head.LastSequence);
        await using ServedNode other = NodeBehind(otherHead, "other").Start();
        await other.UntilAtAsync(_head.LastSequence);
        await AssertRefusedAsync("other history", other.Reads, "different histories");

        Assert.Equal(ExitCode.Ok, await other.Run.StopAsync());
        BeginEpoch(other.Data, new LogPosition(2, _head.LastSequence));
        await using ServedNode raised = new ServedNode(other.Data, "127.0.0.1:1").Start();
        await raised.Run.WaitForEventAsync(Events.ReadsListening);
        await AssertRefusedAsync(
            "other epoch", raised.Reads, $"is at 2:{_head.LastSequence}, where the relay serves no stream");
    }

    private async Task AssertRefusedAsync(string name, string reads, string why, params string[] more)
    {
        await using ServedNode node =
            NodeBehind(_first, name, ["--primary-client", reads, "--max-retries", "2", .. more]);
        node.Start();
        Assert.Equal(ExitCode.HistoryLost, await node.Run.WaitForEndAsync());
        Assert.True(node.Run.Error[^1].Contains(why, StringComparison.Ordinal), $"{name}: {node.Run.Said}");
        Assert.Contains("--primary-client", node.Run.Error[^1], StringComparison.Ordinal);
    }

    private static void BeginEpoch(string data, LogPosition start)
    {
        using var store = ReplicaStore.Open(new StoreOptions { Directory = data }, LinuxFileSystem.Instance);
        store.BeginEpoch(start);
    }

    private async Task<RelayDemoPrimary> StartHeadAsync(string name) => await RelayDemoPrimary.StartAsync(
        _directory.Combine(name), TimeProvider.System, TestContext.Current.CancellationToken);

    private ServedNode NodeBehind(RelayDemoPrimary head, string name, params string[] more) =>
        new(_directory.Combine(name), head.ReplicaFlags[1], ["--known-replica-age", "1s", .. more]);

    private ServedNode NodeBehind(ServedNode node, string name, params string[] more) =>
        new(_directory.Combine(name), node.Relay, ["--known-replica-age", "1s", .. more]);

    /// <summary>Overwrites until the node's log begins at a position or later.</summary>
    private async Task FillAsync(RelayDemoPrimary head, ServedNode node, LogPosition beginning)
    {
        for (LogPosition first = LogPosition.None; first < beginning;)
        {
            for (int i = 0; i < 256; i++)
            {
                Put(head, $"{_random.Next(1000):d4}", 1, new string((char)('a' + _random.Next(26)), 8000));
            }

            await node.UntilAtAsync(head.LastSequence);
            first = ServedNode.LogOf(await node.UntilAsync(static _ => true)).First;
        }
    }

    private async Task LoadAsync(CancellationToken stop)
    {
        using var beat = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!stop.IsCancellationRequested)
        {
            Put(_head, $"{_random.Next(1000):d4}", 3, $"{_random.Next()}");
            await beat.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>Transactions that put a key, a counter beside it, and delete another.</summary>
    private static void Put(RelayDemoPrimary head, string key, int times, string value = "value")
    {
        for (int i = 0; i < times; i++)
        {
            head.Write(
            [
                new DemoOperation(Operation.Put, Encoding.UTF8.GetBytes($"{key}-{i}"), Encoding.UTF8.GetBytes(value)),
                new DemoOperation(Operation.Put, "counter"u8.ToArray(), BitConverter.GetBytes(head.LastSequence)),
                new DemoOperation(Operation.Delete, Encoding.UTF8.GetBytes($"{key}-{i + 1}"), []),
            ]);
        }

        head.Flush();
    }
}
