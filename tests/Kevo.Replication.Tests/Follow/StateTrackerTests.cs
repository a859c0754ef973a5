using Kevo.Core;
using Kevo.Replication.Follow;
using Microsoft.Extensions.Time.Testing;
using static Kevo.Replication.Follow.ReplicaState;

namespace Kevo.Replication.Tests.Follow;

public sealed class StateTrackerTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void It_starts_connecting_with_an_empty_history()
    {
        StateTracker tracker = new(_time);
        Assert.Equal(Connecting, tracker.Current);
        Assert.Empty(tracker.GetHistory());
        Assert.Null(tracker.LastError);
        Assert.Equal(default, tracker.Latest);
    }

    [Fact]
    public void It_knows_how_long_the_current_state_has_lasted()
    {
        StateTracker tracker = new(_time);
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), tracker.TimeInState);
        tracker.MoveTo(StreamingEntries);
        Assert.Equal(TimeSpan.Zero, tracker.TimeInState);
        Assert.Equal(TimeSpan.FromSeconds(3), tracker.Latest.TimeInPrevious);
    }

    [Fact]
    public void An_illegal_change_throws_and_changes_nothing()
    {
        StateTracker tracker = new(_time);
        Assert.Throws<IllegalTransitionException>(() => tracker.MoveTo(Acknowledging));
        Assert.Equal(Connecting, tracker.Current);
        Assert.Equal(0, tracker.ChangeCount);
    }

    [Fact]
    public void The_last_error_outlives_the_recovery()
    {
        StateTracker tracker = new(_time);
        ConnectionException error = new("gone");
        tracker.MoveTo(Error, error);
        _time.Advance(TimeSpan.FromSeconds(1));
        tracker.MoveTo(Connecting);
        Assert.Same(error, tracker.LastError);
        Assert.Equal(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero), tracker.LastErrorAt);
        Assert.Same(error, tracker.GetHistory()[0].Cause);
    }

    [Fact]
    public void The_history_keeps_the_latest_changes_in_order_however_many_there_were()
    {
        StateTracker tracker = new(_time);
        tracker.MoveTo(StreamingEntries);
        tracker.MoveTo(WaitingForData);
        for (int i = 0; i < 1000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            tracker.MoveTo(WaitingForData);
        }

        StateTransition[] history = tracker.GetHistory();
        Assert.Equal(StateTracker.HistoryCapacity, history.Length);
        Assert.Equal(1002, tracker.ChangeCount);
        Assert.Equal(history.OrderBy(change => change.At), history);
        Assert.Equal(tracker.Latest, history[^1]);
    }

    [Fact]
    public void Each_change_is_announced_once()
    {
        StateTracker tracker = new(_time);
        List<StateTransition> seen = [];
        tracker.Changed += seen.Add;
        tracker.MoveTo(StreamingEntries);
        tracker.MoveTo(ApplyingEntries);
        Assert.Equal(
            [(Connecting, StreamingEntries), (StreamingEntries, ApplyingEntries)], seen.Select(t => (t.From, t.To)));
    }
}
