using Grpc.Core;
using Kevo.Core;
using Kevo.Platform;
using Kevo.Relay.Serving;
using Kevo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Kevo.Relay.Tests.Serving;

/// <summary>What is kept for whom, and what happens at the limit.</summary>
public sealed class RelayRetentionTests
{
    private const int SegmentSize = 64 * 1024;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task History_below_the_slowest_known_replica_goes_and_what_it_holds_last_stays()
    {
        await using RelayFixture fixture = await StartAsync();
        using RelayStream slow = fixture.Open(1, "slow", epoch: 1);
        await slow.ReadEntriesAsync(5_000);
        using RelayRetention retention = Retain(fixture, new RelayRetentionOptions { KeepBytes = 0 });
        await fixture.UntilAsync(status => status.Sessions is [{ Sent.Sequence: 5_000 }]);
        await slow.AcknowledgeAsync(2_500);
        retention.RunStep();

        Assert.InRange(fixture.Log.First.Sequence, 2_000UL, 2_500UL);
        slow.Dispose();
        await fixture.UntilAsync(status => status.Sessions.Count == 0);
        retention.RunStep();
        using RelayStream again = fixture.Open(2_500, "slow", epoch: 1);
        Assert.Equal(2_500UL, (await again.NextAsync()).Entries[0].SequenceNumber);
    }

    [Fact]
    public async Task A_replica_that_is_away_too_long_keeps_nothing_any_more()
    {
        await using RelayFixture fixture = await StartAsync();
        using (RelayStream stream = fixture.Open(1, "gone", epoch: 1))
        {
            await stream.ReadEntriesAsync(1);
        }

        await fixture.UntilAsync(status => status.Sessions.Count == 0);
        using RelayRetention retention = Retain(fixture, new RelayRetentionOptions { KeepBytes = 0 });
        Assert.Equal(0, retention.RunStep());
        _time.Advance(TimeSpan.FromHours(25));
        retention.RunStep();

        Assert.True(fixture.Log.First.Sequence > 4_000);
    }

    [Fact]
    public async Task Some_bytes_are_kept_even_if_nobody_needs_them()
    {
        await using RelayFixture fixture = await StartAsync();
        using RelayRetention retention = Retain(fixture, new RelayRetentionOptions { KeepBytes = 5 * SegmentSize });
        retention.RunStep();

        Assert.Equal(5, fixture.Log.ListSegments().Count);
    }

    [Fact]
    public async Task At_the_limit_needed_history_is_deleted_and_the_stream_that_needs_it_is_told()
    {
        await using RelayFixture fixture = await StartAsync(valueLength: 2_000);
        using RelayStream unread = fixture.Open(0, "unread");
        await unread.HeadersAsync();
        var options = new RelayRetentionOptions { KeepBytes = 0, MaxBytes = 4 * SegmentSize };
        using RelayRetention retention = Retain(fixture, options);
        retention.RunStep();

        Assert.Equal(StatusCode.OutOfRange, (await unread.FailureAsync()).StatusCode);
        await fixture.UntilAsync(status => status.Sessions.Count == 0);
        retention.RunStep();
        Assert.InRange(fixture.Log.ListSegments().Count, 1, 4);
    }

    [Fact]
    public async Task A_stream_that_takes_nothing_is_cut_after_a_moment()
    {
        await using RelayFixture fixture = await StartAsync(valueLength: 4_000);
        using RelayStream unread = fixture.Open(0, "unread");
        await unread.HeadersAsync();
        var options = new RelayRetentionOptions { KeepBytes = 0, MaxBytes = 4 * SegmentSize };
        using RelayRetention retention = Retain(fixture, options);
        retention.RunStep();
        _time.Advance(TimeSpan.FromSeconds(1));

        await fixture.UntilAsync(status => status.Sessions.Count == 0);
    }

    [Fact]
    public async Task Where_another_deletes_needed_history_is_only_kept()
    {
        await using RelayFixture fixture = await StartAsync();
        using RelayStream stream = fixture.Open(1_000, "replica", epoch: 1);
        await stream.ReadEntriesAsync(1);
        using RelayRetention retention = Retain(fixture, new RelayRetentionOptions { Deletes = false });
        Assert.Equal(0, fixture.Log.DeleteBelow(new LogPosition(1, 5_000)));
        Assert.Equal(0, retention.RunStep());
        stream.Dispose();
        await fixture.UntilAsync(status => status.Sessions.Count == 0);

        Assert.True(fixture.Log.DeleteBelow(new LogPosition(1, 5_000)) > 0);
        Assert.InRange(fixture.Log.First.Sequence, 500UL, 1_000UL);
    }

    [Fact]
    public async Task A_known_replica_still_counts_when_the_relay_was_restarted()
    {
        using var directory = new TemporaryDirectory();
        await using RelayFixture fixture = await StartAsync();
        var file = new KnownReplicaFile(LinuxFileSystem.Instance, directory.Path);
        var options = new RelayRetentionOptions { KeepBytes = 0, File = file };
        using (RelayStream stream = fixture.Open(1_000, "away", epoch: 1))
        {
            await stream.ReadEntriesAsync(1);
        }

        Retain(fixture, options).Dispose();
        var restarted = new RelayService(
            fixture.Log, new RelayOptions { NodeId = "relay-1" }, _time, NullLogger.Instance);
        using (var retention = new RelayRetention(fixture.Log, restarted, options, _time, NullLogger.Instance))
        {
            retention.RunStep();
            Assert.InRange(fixture.Log.First.Sequence, 500UL, 1_000UL);
            _time.Advance(TimeSpan.FromHours(25));
            retention.RunStep();
            Assert.True(fixture.Log.First.Sequence > 4_000);
        }
    }

    [Fact]
    public async Task What_is_known_is_on_disk_before_anything_is_deleted_and_not_only_after_a_good_stop()
    {
        using var directory = new TemporaryDirectory();
        await using RelayFixture fixture = await StartAsync();
        var file = new KnownReplicaFile(LinuxFileSystem.Instance, directory.Path);
        using RelayStream stream = fixture.Open(1_000, "away", epoch: 1);
        await stream.ReadEntriesAsync(1);
        using RelayRetention retention = Retain(fixture, new RelayRetentionOptions { KeepBytes = 0, File = file });
        Assert.True(retention.RunStep() > 0);

        Assert.Equal(("away", new LogPosition(1, 1_000)), (file.Read()[0].Name, file.Read()[0].Acknowledged));
    }

    [Fact]
    public async Task It_looks_by_itself_at_its_interval()
    {
        await using RelayFixture fixture = await StartAsync();
        using RelayRetention retention = Retain(fixture, new RelayRetentionOptions { KeepBytes = 0 });
        Assert.Equal(1UL, fixture.Log.First.Sequence);
        _time.Advance(TimeSpan.FromSeconds(10));

        Assert.True(fixture.Log.First.Sequence > 4_000);
    }

    [Fact]
    public async Task Limits_that_contradict_each_other_are_refused()
    {
        await using RelayFixture fixture = await StartAsync();

        Assert.Throws<ConfigurationException>(
            () => Retain(fixture, new RelayRetentionOptions { KeepBytes = 10, MaxBytes = 5 }));
    }

    private RelayRetention Retain(RelayFixture fixture, RelayRetentionOptions options) =>
        new(fixture.Log, fixture.Relay, options, _time, NullLogger.Instance);

    private async Task<RelayFixture> StartAsync(int valueLength = 100)
    {
        RelayFixture fixture = await RelayFixture.StartAsync(time: _time, segmentSize: SegmentSize);
        for (int i = 0; i < 50; i++)
        {
            fixture.Fill(100, valueLength);
        }

        return fixture;
    }
}
