using Kevo.Core;
using Kevo.Replication.Follow;
using Kevo.Replication.Tests.World;
using static Kevo.Replication.Follow.ReplicaState;

namespace Kevo.Replication.Tests.Follow;

public sealed class ReplicaLifecycleTests
{
    [Fact]
    public void A_nudge_moves_the_pulse_of_a_waiting_loop_and_nothing_else()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Range(1, 1));
        world.Advance(world.Options.AckInterval);
        Assert.Equal(WaitingForData, world.Replica.CurrentState);
        long pulse = world.Replica.Pulse;
        int transitions = world.Transitions.Count;
        world.Run(world.Replica.Nudge);
        Assert.True(world.Replica.Pulse > pulse);
        Assert.Equal(transitions, world.Transitions.Count);
        world.Run();
        pulse = world.Replica.Pulse;
        world.Run();
        Assert.Equal(pulse, world.Replica.Pulse);
        world.Send(Entries.Range(2, 2));
        Assert.Equal(2ul, world.Replica.LastAppliedSequence);
    }

    [Fact]
    public void A_nudge_moves_the_pulse_of_a_loop_that_backs_off_and_does_not_shorten_the_wait()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Run(() => world.Session.Fail(new Core.ConnectionException("cut")));
        Assert.Equal(Error, world.Replica.CurrentState);
        long pulse = world.Replica.Pulse;
        int connects = world.Primary.Connects;
        world.Run(world.Replica.Nudge);
        Assert.True(world.Replica.Pulse > pulse);
        Assert.Equal(Error, world.Replica.CurrentState);
        Assert.Equal(connects, world.Primary.Connects);
        world.Retry();
    }

    [Fact]
    public void Stopping_is_idempotent_and_closes_everything()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(Entries.Range(1, 1));
        Task first = Task.CompletedTask;
        Task second = Task.CompletedTask;
        world.Run(() => (first, second) = (world.Replica.StopAsync(), world.Replica.StopAsync()));
        Assert.Same(first, second);
        Assert.True(first.IsCompletedSuccessfully);
        Assert.True(world.Replica.Completion.IsCompletedSuccessfully);
        Assert.True(world.Primary.IsDisposed);
        Assert.True(world.Session.IsDisposed);
        Assert.Equal(0, world.Primary.OpenConnections);
    }

    [Fact]
    public void A_stopped_replica_cannot_be_started_again()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Stop();
        Assert.Contains(
            "stopped", Assert.Throws<InvalidOperationException>(world.Replica.Start).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_replica_stopped_before_it_started_closes_its_connector_and_cannot_be_started()
    {
        using ReplicaWorld world = new();
        world.Stop();
        Assert.True(world.Primary.IsDisposed);
        Assert.Throws<InvalidOperationException>(world.Replica.Start);
    }

    [Fact]
    public void Starting_twice_is_an_error()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        Assert.Throws<InvalidOperationException>(world.Replica.Start);
    }

    [Fact]
    public void A_stop_waits_for_the_acknowledgement_of_what_is_durable()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        TaskCompletionSource<Replication.Session.CallReply> held = new();
        world.Session.AnswerAcknowledgement = _ => held.Task;
        world.Send(Entries.Range(1, 1), Entries.Range(2, 4));
        Task stopped = Task.CompletedTask;
        world.Run(() => stopped = world.Replica.StopAsync());
        Assert.False(stopped.IsCompleted);
        world.Run(() => held.SetResult(new Replication.Session.CallReply(true, "")));
        Assert.True(stopped.IsCompletedSuccessfully);
        Assert.Equal([1ul, 4ul], world.Session.Acknowledged);
        Assert.Equal(4ul, world.Replica.Positions.Acknowledged.Value.Sequence);
    }

    [Fact]
    public void A_stop_does_not_wait_longer_than_its_limit_for_a_primary_that_does_not_answer()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Session.AnswerAcknowledgement = _ => new TaskCompletionSource<Replication.Session.CallReply>().Task;
        world.Send(Entries.Range(1, 1));
        Task stopped = Task.CompletedTask;
        world.Run(() => stopped = world.Replica.StopAsync());
        Assert.False(stopped.IsCompleted);
        world.Advance(world.Options.StopTimeout);
        Assert.True(stopped.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_stop_inside_a_spread_transaction_discards_its_part()
    {
        using ReplicaWorld world = new ReplicaWorld().Start();
        world.Send(
            Entries.Range(1, 1),
            Entries.Message(Kevo.Wire.Contracts.Replication.FragmentType.First, Entries.Transaction(2, 3)));
        world.Stop();
        Assert.Equal([1ul], world.Store.Sequences);
        Assert.Equal(1ul, world.Session.Acknowledged[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_stop_ends_the_wait_of_a_connect_or_a_backoff_at_once(bool connecting)
    {
        ScriptedPrimary primary = new() { Blackhole = connecting };
        primary.ConnectFaults.Enqueue(new ConnectionException("refused"));
        using ReplicaWorld world = new ReplicaWorld(primary: primary).Start();
        Assert.Equal(connecting ? Connecting : Error, world.Replica.CurrentState);
        Task stopped = Task.CompletedTask;
        world.Run(() => stopped = world.Replica.StopAsync());
        Assert.True(stopped.IsCompletedSuccessfully);
        Assert.True(world.Replica.Completion.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_connect_is_bounded_by_the_dial_timeout()
    {
        using ReplicaWorld world = new ReplicaWorld(primary: new ScriptedPrimary { Blackhole = true }).Start();
        world.Advance(world.Options.DialTimeout);
        Failure failure = Assert.Single(world.Failures);
        Assert.Equal(ErrorKind.Connection, failure.Kind);
        Assert.Contains("10 s", failure.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_back_off_mark_the_node_unhealthy_and_success_makes_it_healthy_again()
    {
        ScriptedPrimary primary = new();
        for (int i = 0; i < 7; i++)
        {
            primary.ConnectFaults.Enqueue(new ConnectionException($"refused {i}"));
        }

        using ReplicaWorld world = new ReplicaWorld(primary: primary).Start();
        List<bool> healthy = [];
        for (int i = 0; i < 7; i++)
        {
            healthy.Add(world.Replica.IsHealthy);
            Assert.Equal(i + 1, world.Replica.GetStatus().ConsecutiveFailures);
            world.Retry();
        }

        Assert.Equal([true, true, true, true, false, false, false], healthy);
        world.Send(Entries.Range(1, 1));
        Assert.True(world.Replica.IsHealthy);
        Assert.Equal(0, world.Replica.GetStatus().ConsecutiveFailures);
        Assert.Equal("refused 6", world.Replica.States.LastError!.Message);
        Assert.All(world.Transitions, change => Assert.True(TransitionTable.IsLegal(change.From, change.To)));
    }

    [Fact]
    public void A_node_told_not_to_keep_retrying_ends_with_the_last_error()
    {
        ScriptedPrimary primary = new();
        for (int i = 0; i < 7; i++)
        {
            primary.ConnectFaults.Enqueue(new ConnectionException($"refused {i}"));
        }

        ReplicaOptions options = new() { KeepRetrying = false, MaxRetries = 3 };
        using ReplicaWorld world = new ReplicaWorld(options, primary: primary).Start();
        world.AdvanceUntil(
            () => world.Replica.Completion.IsCompleted, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(30));
        Assert.Equal(
            "refused 2",
            Assert.Throws<ConnectionException>(() => world.Replica.Completion.GetAwaiter().GetResult()).Message);
    }

    [Fact]
    public void Running_with_a_cancellation_is_a_clean_stop()
    {
        using ReplicaWorld world = new();
        using CancellationTokenSource cancel = new();
        Task run = Task.CompletedTask;
        world.Run(() => run = world.Replica.RunAsync(cancel.Token));
        world.Send(Entries.Range(1, 2));
        world.Run(cancel.Cancel);
        Assert.True(run.IsCompletedSuccessfully);
        Assert.Equal(2ul, world.Session.Acknowledged[^1]);
    }

    [Fact]
    public void The_status_tells_mode_session_positions_and_lag()
    {
        ScriptedPrimary primary = new();
        primary.Relay = primary.Relay! with { LastSequence = 10, Path = ["source"] };
        using ReplicaWorld world = new ReplicaWorld(primary: primary).Start();
        world.Send(Entries.Range(1, 4));
        world.Advance(TimeSpan.FromSeconds(2));
        ReplicaStatus status = world.Replica.GetStatus();
        Assert.Equal((FollowMode.Relay, "replica-1", "relay-1"), (status.Mode, status.SessionId, status.RelayNodeId));
        Assert.Equal(["source"], status.UpstreamPath);
        Assert.Equal((10ul, 6ul), (status.PrimarySequence, status.Lag));
        Assert.Equal(TimeSpan.FromSeconds(2), status.SinceLastMessage);
        Assert.True(status is { IsRunning: true, IsHealthy: true });
        world.Stop();
        status = world.Replica.GetStatus();
        Assert.Null(status.Mode);
        Assert.False(status.IsRunning);
    }
}
