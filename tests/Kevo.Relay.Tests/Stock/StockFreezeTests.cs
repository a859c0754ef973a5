using Kevo.Relay.Stock;

namespace Kevo.Relay.Tests.Stock;

/// <summary>The coincidences that stop a stock primary for ever, and the stall by an unread stream.</summary>
public sealed class StockFreezeTests
{
    private static readonly StockPrimaryOptions Freezing = new() { FreezeCycles = StockFreezeCycles.All };

    [Fact]
    public void A_tick_that_reads_while_writers_queue_freezes_the_primary()
    {
        var fixture = new StockPrimaryFixture(Freezing);
        StockFreezeCycles seen = StockFreezeCycles.None;
        fixture.Model.Froze += cycle => seen = cycle;
        (_, RecordingStream stream) = fixture.Open(0);
        DateTimeOffset tick = fixture.Model.NextDue!.Value;
        fixture.Time.SetUtcNow(tick - TimeSpan.FromMicroseconds(500));
        fixture.Put("first");
        fixture.Put("queued behind it");
        fixture.Time.SetUtcNow(tick);
        fixture.Model.RunDue();

        Assert.Equal(StockFreezeCycles.TickMeetsWriters, seen);
        Assert.Null(fixture.Model.Put("k"u8.ToArray(), []));
        Assert.Null(fixture.Model.GetNodeInfo());
        Assert.Null(fixture.Model.TryGet("first"u8.ToArray(), out _));
        Assert.Null(fixture.Model.NextDue);
        Assert.Equal([1UL, 2UL], stream.AllNumbers());
    }

    [Fact]
    public void A_tick_beside_a_single_slow_writer_is_harmless()
    {
        var fixture = new StockPrimaryFixture(Freezing);
        fixture.Open(0);
        for (int i = 0; i < 50; i++)
        {
            fixture.Put($"k{i}");
            fixture.Pass(TimeSpan.FromMilliseconds(50));
        }

        Assert.False(fixture.Model.IsFrozen);
    }

    [Fact]
    public void A_negative_acknowledgement_during_a_sync_freezes_the_primary()
    {
        var fixture = new StockPrimaryFixture(Freezing);
        (StockSession session, _) = fixture.Open(0);
        fixture.Put("a");

        Assert.Null(fixture.Model.NegativeAcknowledge(session.Id, 1));
        Assert.Equal(StockFreezeCycles.ReaderMeetsWriter, fixture.Model.Frozen);
    }

    [Fact]
    public void A_start_sequence_during_a_sync_freezes_the_primary_and_start_zero_does_not()
    {
        var fixture = new StockPrimaryFixture(Freezing);
        fixture.Put("a");
        Assert.NotNull(fixture.Model.OpenStream(StockPrimaryFixture.Request(0), new RecordingStream()));
        Assert.Null(fixture.Model.OpenStream(StockPrimaryFixture.Request(1), new RecordingStream()));
        Assert.Equal(StockFreezeCycles.ReaderMeetsWriter, fixture.Model.Frozen);
    }

    [Fact]
    public void A_negative_acknowledgement_after_the_sync_is_harmless()
    {
        var fixture = new StockPrimaryFixture(Freezing);
        (StockSession session, _) = fixture.Open(0);
        fixture.Put("a");
        fixture.Time.Advance(TimeSpan.FromMilliseconds(2));

        Assert.True(fixture.Model.NegativeAcknowledge(session.Id, 1)!.Success);
    }

    [Fact]
    public void An_acknowledgement_that_meets_a_reading_tick_freezes_all_but_get_until_the_next_write()
    {
        var fixture = new StockPrimaryFixture(Freezing);
        fixture.Put("a");
        (StockSession session, _) = fixture.Open(0);
        fixture.PassTicks(1);

        Assert.Null(fixture.Model.Acknowledge(session.Id, 1));
        Assert.Equal(StockFreezeCycles.AcknowledgementMeetsTick, fixture.Model.Frozen);
        Assert.Equal("value", fixture.Get("a"));
        Assert.Null(fixture.Model.Scan([], [], [], [], 0));
        Assert.Null(fixture.Model.Delete("a"u8.ToArray()));
        Assert.Null(fixture.Model.TryGet("a"u8.ToArray(), out _));
    }

    [Fact]
    public void An_acknowledgement_between_the_ticks_is_harmless()
    {
        var fixture = new StockPrimaryFixture(Freezing);
        fixture.Put("a");
        (StockSession session, _) = fixture.Open(0);
        fixture.Pass(TimeSpan.FromMilliseconds(130));

        Assert.True(fixture.Model.Acknowledge(session.Id, 1)!.Success);
    }

    [Fact]
    public void Listening_with_one_acknowledgement_before_the_first_tick_never_freezes()
    {
        var fixture = new StockPrimaryFixture(Freezing);
        (StockSession session, _) = fixture.Open(0);
        fixture.Pass(TimeSpan.FromMilliseconds(3));
        Assert.NotNull(fixture.Model.Acknowledge(session.Id, 1UL << 62));
        for (int i = 0; i < 1000; i++)
        {
            fixture.Put($"k{i}");
            fixture.Put($"l{i}");
            fixture.Pass(TimeSpan.FromMicroseconds(700));
        }

        Assert.False(fixture.Model.IsFrozen);
    }

    [Fact]
    public void Only_a_kill_brings_a_frozen_primary_back()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Put("a");
        fixture.Model.Freeze(StockFreezeCycles.ReaderMeetsWriter);
        fixture.Model.RunDue();
        Assert.Null(fixture.Model.Acknowledge(null, 1));
        fixture.Model.Restart();

        Assert.Equal(2UL, fixture.Model.Put("b"u8.ToArray(), []));
    }

    [Fact]
    public void An_unread_stream_stalls_the_primary_and_its_heartbeats()
    {
        var fixture = new StockPrimaryFixture(new StockPrimaryOptions { BlocksOnFullWindow = true });
        (_, RecordingStream unread) = fixture.Open(0);
        (_, RecordingStream other) = fixture.Open(0);
        Assert.False(fixture.Model.IsStalled);
        unread.UnsentBytes = fixture.Model.Options.StreamWindow + 1;
        fixture.Pass(TimeSpan.FromSeconds(25));

        Assert.True(fixture.Model.IsStalled);
        Assert.Empty(other.Messages);
        unread.UnsentBytes = 0;
        fixture.Pass(TimeSpan.FromSeconds(10));
        Assert.False(fixture.Model.IsStalled);
        Assert.NotEmpty(other.Messages);
    }
}
