using Grpc.Core;
using Kevo.Relay.Stock;

namespace Kevo.Relay.Tests.Stock;

/// <summary>Rotation, restart, stop.</summary>
public sealed class StockLifecycleTests
{
    [Fact]
    public void A_full_memtable_ends_replication_with_the_write_that_found_it_full()
    {
        var fixture = new StockPrimaryFixture();
        (_, RecordingStream stream) = fixture.Open(0);
        byte[] value = new byte[100 * 1024];
        for (int i = 0; i < 420; i++)
        {
            fixture.Model.Put(StockPrimaryFixture.Bytes($"key{i:D9}"), value);
        }

        Assert.True(fixture.Model.IsRotated);
        Assert.Equal(329UL, stream.AllNumbers().Max());
    }

    [Fact]
    public void The_first_write_after_ten_minutes_is_the_last_one_delivered()
    {
        var fixture = new StockPrimaryFixture();
        (_, RecordingStream stream) = fixture.Open(0);
        fixture.Put("early");
        fixture.Pass(TimeSpan.FromMinutes(10));
        fixture.Put("trigger");
        fixture.Put("silent");
        fixture.PassTicks(10);

        Assert.Equal([1UL, 2UL], stream.AllNumbers().Distinct().Order());
        Assert.Equal("value", fixture.Get("silent"));
    }

    [Fact]
    public void An_age_limit_of_zero_switches_rotation_by_age_off()
    {
        var fixture = new StockPrimaryFixture(new StockPrimaryOptions { MaxMemtableAge = TimeSpan.Zero });
        fixture.Pass(TimeSpan.FromHours(1));
        fixture.Fill(3);

        Assert.False(fixture.Model.IsRotated);
    }

    [Fact]
    public void After_rotation_everything_looks_healthy_and_nothing_is_delivered()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(5);
        (StockSession session, RecordingStream stream) = fixture.Open(5);
        stream.Messages.Clear();
        fixture.Model.Rotate();
        fixture.Fill(20, "silent");
        fixture.Pass(TimeSpan.FromSeconds(25));

        Assert.All(stream.Messages, message => Assert.Empty(message.Entries));
        Assert.NotEmpty(stream.Messages);
        Assert.True(fixture.Model.Acknowledge(session.Id, 5)!.Success);
        Assert.Equal(5UL, fixture.Model.GetNodeInfo()!.LastSequence);
        Assert.Equal(
            "Failed to resend entries: failed to get WAL entries: failed to get WAL entries: WAL is closed",
            fixture.Model.NegativeAcknowledge(session.Id, 5)!.Message);
        Assert.Equal(
            "Failed to resend entries: no entries found from sequence 6",
            fixture.Model.NegativeAcknowledge(session.Id, 6)!.Message);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(6, false)]
    [InlineData(1, true)]
    [InlineData(5, true)]
    public void After_rotation_a_new_stream_fails_exactly_when_it_would_have_to_read(ulong start, bool fails)
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(5);
        fixture.Model.Rotate();
        (_, RecordingStream stream) = fixture.Open(start);

        Assert.Equal(fails, stream.Ended is not null);
        if (fails)
        {
            Assert.Equal(StatusCode.Unknown, stream.Ended!.Value.StatusCode);
            Assert.Equal(
                "failed to send initial entries: failed to get WAL entries: failed to get WAL entries: WAL is closed",
                stream.Ended.Value.Detail);
        }
    }

    [Fact]
    public void A_restart_ends_streams_forgets_sessions_and_goes_on_above_the_highest_number()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(5);
        (StockSession session, RecordingStream stream) = fixture.Open(5);
        fixture.Model.Restart();

        Assert.Equal(StatusCode.Unavailable, stream.Ended!.Value.StatusCode);
        Assert.Equal("Unknown session", fixture.Model.Acknowledge(session.Id, 5)!.Message);
        Assert.Equal(0UL, fixture.Model.GetNodeInfo()!.LastSequence);
        Assert.Equal(6UL, fixture.Model.Put("k"u8.ToArray(), []));
        Assert.Equal(6UL, fixture.Model.GetNodeInfo()!.LastSequence);
    }

    [Fact]
    public void After_a_rotation_and_a_restart_the_file_order_hides_the_writes_in_between()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(6);
        fixture.Model.Rotate();
        fixture.Fill(2, "between");
        fixture.Model.Restart();
        fixture.Put("after");
        (_, RecordingStream stream) = fixture.Open(1);

        Assert.Equal([1UL, 2UL, 3UL, 4UL, 5UL, 6UL, 1UL, 2UL, 7UL], stream.Numbers(0));
        (_, RecordingStream above) = fixture.Open(7);
        Assert.Equal([7UL], above.Numbers(0));
    }

    [Fact]
    public void The_primary_goes_back_in_time_over_a_rotation_and_a_restart()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(4);
        fixture.Put("K", "v1");
        fixture.Model.Rotate();
        fixture.Put("K", "v2");
        Assert.Equal("v2", fixture.Get("K"));

        fixture.Model.Restart();

        Assert.Equal("v1", fixture.Get("K"));
    }

    [Fact]
    public void A_crash_takes_back_what_was_broadcast_and_gives_its_number_to_another_write()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(5);
        (_, RecordingStream stream) = fixture.Open(0);
        fixture.Put("lost");
        Assert.Equal([6UL], stream.AllNumbers());
        fixture.Model.Restart(new StockRestart { LostEntries = 1 });

        Assert.Null(fixture.Get("lost"));
        Assert.Equal(6UL, fixture.Model.Put("other"u8.ToArray(), []));
    }

    [Fact]
    public void An_over_full_log_is_set_aside_and_numbers_begin_at_one()
    {
        var fixture = new StockPrimaryFixture(new StockPrimaryOptions { MemtableSize = 1000, MaxMemtables = 2 });
        byte[] value = new byte[300];
        for (int i = 0; i < 20; i++)
        {
            fixture.Model.Put(StockPrimaryFixture.Bytes($"k{i:D3}"), value);
        }

        fixture.Model.Restart();

        Assert.Equal(1UL, fixture.Model.NextSequence);
        Assert.Empty(fixture.Model.ReadLog());
    }

    [Fact]
    public void A_restart_that_finds_more_than_one_memtable_rotates_within_ten_seconds()
    {
        var fixture = new StockPrimaryFixture(
            new StockPrimaryOptions { MemtableSize = 1000, MaxMemtableAge = TimeSpan.Zero });
        byte[] value = new byte[300];
        for (int i = 0; i < 5; i++)
        {
            fixture.Model.Put(StockPrimaryFixture.Bytes($"k{i:D3}"), value);
        }

        fixture.Model.Restart();
        Assert.False(fixture.Model.IsRotated);
        fixture.Pass(TimeSpan.FromSeconds(10));

        Assert.True(fixture.Model.IsRotated);
    }

    [Fact]
    public void A_graceful_stop_refuses_calls_but_keeps_streams_and_writes()
    {
        var fixture = new StockPrimaryFixture();
        (StockSession session, RecordingStream stream) = fixture.Open(0);
        fixture.Model.BeginGracefulStop();
        fixture.Put("still");

        Assert.Equal([1UL], stream.AllNumbers());
        Assert.Equal(
            StatusCode.Unavailable,
            Assert.Throws<RpcException>(() => fixture.Model.Acknowledge(session.Id, 1)).StatusCode);
        Assert.Throws<RpcException>(() => fixture.Open(0));
        Assert.Null(fixture.Model.GetNodeInfo());
        fixture.Model.CloseStream(session);
        Assert.NotNull(fixture.Model.GetNodeInfo());
    }

    [Theory]
    [InlineData(StockSyncMode.None, 0UL)]
    [InlineData(StockSyncMode.Batch, 0UL)]
    [InlineData(StockSyncMode.Immediate, 5UL)]
    public void The_last_sequence_is_the_number_of_the_last_sync(StockSyncMode mode, ulong expected)
    {
        var fixture = new StockPrimaryFixture(new StockPrimaryOptions { SyncMode = mode });
        fixture.Fill(5);

        Assert.Equal(expected, fixture.Model.GetNodeInfo()!.LastSequence);
    }
}
