using Kevo.Core;
using Kevo.Replication.Bootstrap;
using Kevo.Replication.Follow;
using Kevo.Replication.Observation;
using Kevo.Server.Reporting;
using Kevo.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Server.Tests;

/// <summary>What is remembered between two looks at a replica: never a figure that is not known.</summary>
public sealed class FollowerMemoryTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddYears(50));
    private readonly FollowerMemory _memory;

    public FollowerMemoryTests() => _memory = new FollowerMemory(TimeSpan.FromSeconds(30), _time);

    [Fact]
    public void Before_any_contact_nothing_is_known()
    {
        Assert.Null(_memory.Judge(Status(durable: 0, primary: null, silence: null)));
        Assert.Null(_memory.HeardAt);
        Assert.Null(_memory.ProgressAt);
    }

    [Fact]
    public void Level_on_a_live_stream_is_no_lag_even_between_heartbeats()
    {
        Assert.Equal(TimeSpan.Zero, _memory.Judge(Status(7, 7, TimeSpan.FromSeconds(19))));
        Assert.Equal(_time.GetUtcNow().AddSeconds(-19), _memory.HeardAt);
    }

    [Fact]
    public void Behind_is_the_time_since_it_was_last_level()
    {
        _memory.Judge(Status(7, 7, TimeSpan.Zero));
        _time.Advance(TimeSpan.FromSeconds(4));
        Assert.Equal(TimeSpan.FromSeconds(4), _memory.Judge(Status(7, 9, TimeSpan.Zero)));
        Assert.Equal(TimeSpan.Zero, _memory.Judge(Status(9, 9, TimeSpan.Zero)));
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public void Setting_the_time_of_day_hides_no_silence_and_makes_none(int seconds)
    {
        var clock = new SettableClock(_time);
        var memory = new FollowerMemory(TimeSpan.FromSeconds(30), clock);
        memory.Judge(Status(7, 7, TimeSpan.Zero));
        memory.Progress();
        _time.Advance(TimeSpan.FromSeconds(2));
        clock.Offset = TimeSpan.FromSeconds(seconds);
        _time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(TimeSpan.FromSeconds(4), clock.GetUtcNow() - memory.HeardAt);
        Assert.Equal(TimeSpan.FromSeconds(4), clock.GetUtcNow() - memory.ProgressAt);
        Assert.Equal(TimeSpan.FromSeconds(4), memory.Judge(Status(7, 9, TimeSpan.FromSeconds(4))));
    }

    [Fact]
    public void Behind_from_the_start_is_not_known_in_time()
    {
        Assert.Null(_memory.Judge(Status(7, 9, TimeSpan.Zero)));
    }

    [Fact]
    public void A_silent_stream_proves_nothing_any_more()
    {
        _memory.Judge(Status(7, 7, TimeSpan.Zero));
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(TimeSpan.FromSeconds(31), _memory.Judge(Status(7, 7, TimeSpan.FromSeconds(31))));
    }

    [Fact]
    public void While_it_is_not_known_what_the_primary_has_lag_counts_from_when_it_was_level()
    {
        Assert.Null(_memory.Judge(Status(7, null, TimeSpan.Zero)));
        _memory.Judge(Status(7, 7, TimeSpan.Zero));
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), _memory.Judge(Status(7, null, TimeSpan.Zero)));
    }

    [Fact]
    public void A_snapshot_is_reported_from_when_it_was_first_needed_until_it_is_done()
    {
        ReplicaStatus idle = Status(7, 7, TimeSpan.Zero);
        Assert.Null(_memory.Bootstrap(idle));
        Assert.Null(_memory.Bootstrap(idle with { PendingSnapshot = SnapshotReason.Silence }));
        ReplicaStatus hole = idle with { PendingSnapshot = SnapshotReason.Hole, SnapshotKeys = 5, SnapshotBytes = 50 };
        DateTimeOffset start = _time.GetUtcNow();
        _memory.Bootstrap(hole);
        _time.Advance(TimeSpan.FromSeconds(9));
        BootstrapReport? report = _memory.Bootstrap(hole);
        Assert.Equal((start, 5L, 50L), (report!.StartedAt, report.Keys, report.Bytes));
        Assert.NotEmpty(report.Reason);
        Assert.Null(_memory.Bootstrap(idle));
    }

    [Fact]
    public void After_a_session_broke_lag_counts_from_its_last_message()
    {
        _memory.Judge(Status(7, 7, TimeSpan.Zero));
        _time.Advance(TimeSpan.FromHours(1));
        _memory.EndSession(Status(7, 7, TimeSpan.FromSeconds(8)));
        Assert.Equal(TimeSpan.FromSeconds(8), _memory.Judge(Status(7, 7, silence: null)));
        Assert.Equal(_time.GetUtcNow().AddSeconds(-8), _memory.HeardAt);
    }

    [Fact]
    public void The_same_error_again_is_counted_and_many_errors_are_forgotten()
    {
        _memory.Remember(new ConnectionException("refused"));
        _memory.Remember(new ConnectionException("refused"));
        ErrorReport error = Assert.Single(_memory.GetErrors());
        Assert.Equal(("connection", "refused", 2L), (error.Kind, error.Message, error.Count));
        for (int other = 0; other < 100; other++)
        {
            _memory.Remember(new GapException($"gap {other}"));
        }

        Assert.Equal(16, _memory.GetErrors().Count);
        Assert.Equal("gap 99", _memory.GetErrors()[0].Message);
        FollowCounters counters = _memory.Count(default);
        Assert.Equal(2, counters.ErrorsByKind["connection"]);
        Assert.Equal(100, counters.ErrorsByKind["gap"]);
    }

    [Fact]
    public void Corrupt_bytes_and_divergences_are_counted_by_themselves()
    {
        _memory.Remember(new StorageException(StorageFault.Corrupt, "block"));
        _memory.Remember(new StorageException(StorageFault.Full, "full"));
        _memory.Remember(new DivergenceException("other history"));
        FollowCounters counters = _memory.Count(default);
        Assert.Equal(1, counters.ChecksumErrors);
        Assert.Equal(1, counters.Divergences);
    }

    [Fact]
    public void Only_changes_worth_a_look_are_kept_and_only_the_last()
    {
        _memory.Remember(Change(ReplicaState.StreamingEntries, ReplicaState.ApplyingEntries));
        Assert.Empty(_memory.GetHistory());
        for (int round = 0; round < 50; round++)
        {
            _memory.Remember(Change(ReplicaState.StreamingEntries, ReplicaState.Error));
            _memory.Remember(Change(ReplicaState.Error, ReplicaState.Connecting));
        }

        Assert.Equal(64, _memory.GetHistory().Count);
        Assert.Equal("CONNECTING", _memory.GetHistory()[^1].To);
    }

    private static ReplicaStatus Status(ulong durable, ulong? primary, TimeSpan? silence) => new()
    {
        State = ReplicaState.WaitingForData,
        TimeInState = TimeSpan.Zero,
        IsRunning = true,
        IsHealthy = true,
        ConsecutiveFailures = 0,
        LastError = null,
        LastErrorAt = null,
        Positions = new PositionSet(
            new ReceivedPosition(new(1, durable)),
            new AppendedPosition(new(1, durable)),
            new DurablePosition(new(1, durable)),
            new AcknowledgedPosition(new(1, durable))),
        Counters = new ReplicationCounters(),
        Target = "primary:50052",
        Mode = FollowMode.Relay,
        SessionId = null,
        RelayNodeId = null,
        UpstreamPath = [],
        SinceLastMessage = silence,
        PrimarySequence = primary,
        QueuedBytes = 0,
    };

    private StateTransition Change(ReplicaState from, ReplicaState to) =>
        new(from, to, _time.GetUtcNow(), TimeSpan.Zero, null);
}
