using Kevo.Core;
using Kevo.Relay.Serving;
using Kevo.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Relay.Tests.Serving;

/// <summary>Whose history is kept, and for how long.</summary>
public sealed class ReplicaRegistryTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_slowest_known_replica_counts_until_it_was_away_too_long()
    {
        var registry = new ReplicaRegistry(TimeSpan.FromHours(1), _time);
        Assert.Null(registry.Slowest());
        registry.Hear("slow", new LogPosition(1, 5));
        _time.Advance(TimeSpan.FromMinutes(40));
        registry.Hear("fast", new LogPosition(1, 50));
        Assert.Equal(new LogPosition(1, 5), registry.Slowest());
        _time.Advance(TimeSpan.FromMinutes(40));

        Assert.Equal(new LogPosition(1, 50), registry.Slowest());
        Assert.Equal("fast", Assert.Single(registry.List()).Name);
    }

    [Fact]
    public void Setting_the_time_of_day_lets_no_replica_be_forgotten_and_keeps_none_longer()
    {
        var clock = new SettableClock(_time);
        var registry = new ReplicaRegistry(TimeSpan.FromHours(1), clock);
        registry.Hear("a", new LogPosition(1, 5));
        clock.Offset = TimeSpan.FromDays(3);
        Assert.Equal(new LogPosition(1, 5), registry.Slowest());
        clock.Offset = TimeSpan.FromDays(-3);
        _time.Advance(TimeSpan.FromMinutes(61));
        Assert.Null(registry.Slowest());
    }

    [Fact]
    public void What_an_earlier_process_knew_is_as_old_as_the_time_of_day_says()
    {
        var registry = new ReplicaRegistry(TimeSpan.FromHours(1), _time);
        DateTimeOffset now = _time.GetUtcNow();
        registry.Restore(
        [
            new KnownReplica("recent", new LogPosition(1, 5), now.AddMinutes(-50)),
            new KnownReplica("old", new LogPosition(1, 1), now.AddMinutes(-61)),
            new KnownReplica("from the future", new LogPosition(1, 9), now.AddDays(2)),
        ]);
        Assert.Equal(2, registry.List().Count);
        Assert.Equal(new LogPosition(1, 5), registry.Slowest());
        _time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal("from the future", Assert.Single(registry.List()).Name);
    }

    [Fact]
    public void A_replica_that_was_restored_from_an_older_copy_counts_with_the_older_position()
    {
        var registry = new ReplicaRegistry(TimeSpan.FromHours(1), _time);
        registry.Hear("a", new LogPosition(1, 50));
        registry.Hear("a", new LogPosition(1, 5));

        Assert.Equal(new LogPosition(1, 5), registry.Slowest());
    }

    [Fact]
    public void Invented_names_do_not_fill_the_memory()
    {
        var registry = new ReplicaRegistry(TimeSpan.FromHours(1), _time);
        for (int i = 0; i < 5_000; i++)
        {
            _time.Advance(TimeSpan.FromTicks(1));
            registry.Hear($"invented-{i}", new LogPosition(1, 1));
        }

        Assert.Equal(4_096, registry.List().Count);
        Assert.DoesNotContain(registry.List(), replica => replica.Name == "invented-0");
    }
}
