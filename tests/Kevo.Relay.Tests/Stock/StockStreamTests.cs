using Grpc.Core;
using Kevo.Relay.Stock;

namespace Kevo.Relay.Tests.Stock;

/// <summary>What each start sequence gets, and what the ticks repeat.</summary>
public sealed class StockStreamTests
{
    private static IEnumerable<ulong> Range(ulong from, ulong to)
    {
        for (ulong number = from; number <= to; number++)
        {
            yield return number;
        }
    }

    [Fact]
    public void A_stream_without_a_listener_address_is_refused()
    {
        var fixture = new StockPrimaryFixture();
        var request = StockPrimaryFixture.Request(0);
        request.ListenerAddress = "";

        var error = Assert.Throws<RpcException>(() => fixture.Model.OpenStream(request, new RecordingStream()));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Equal("listener_address is required", error.Status.Detail);
    }

    [Fact]
    public void Start_zero_sends_nothing_until_the_first_tick_and_then_everything()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(11);
        (_, RecordingStream stream) = fixture.Open(0);

        Assert.Empty(stream.Messages);
        fixture.PassTicks(1);
        Assert.Equal(Range(1, 11), stream.Numbers(0));
    }

    [Theory]
    [InlineData(1, 1, 2)]
    [InlineData(4, 4, 5)]
    public void A_start_is_inclusive_in_the_first_message_and_exclusive_in_the_ticks(
        ulong start, ulong first, ulong tick)
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(11);
        (_, RecordingStream stream) = fixture.Open(start);

        Assert.Equal(Range(first, 11), stream.Numbers(0));
        fixture.PassTicks(1);
        Assert.Equal(Range(tick, 11), stream.Numbers(1));
    }

    [Fact]
    public void A_start_at_the_last_number_repeats_it_and_then_gets_the_next_write_at_once()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(11);
        (_, RecordingStream stream) = fixture.Open(11);
        fixture.PassTicks(5);
        Assert.Equal([11UL], stream.AllNumbers());

        fixture.Put("next");

        Assert.Equal([11UL, 12UL], stream.AllNumbers());
    }

    [Fact]
    public void A_start_above_the_last_number_loses_exactly_the_next_write()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(11);
        (StockSession session, RecordingStream stream) = fixture.Open(12);
        fixture.Put("lost");
        fixture.PassTicks(5);
        Assert.Empty(stream.AllNumbers());

        fixture.Put("seen");
        fixture.PassTicks(1);
        Assert.Equal([13UL, 13UL], stream.AllNumbers());

        Assert.True(fixture.Model.NegativeAcknowledge(session.Id, 12)!.Success);
        Assert.Equal([12UL, 13UL], stream.Numbers(2));
    }

    [Fact]
    public void A_start_far_in_the_future_gets_heartbeats_only_but_can_ask_for_entries()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(3);
        (StockSession session, RecordingStream stream) = fixture.Open(1UL << 62);
        fixture.Fill(3, "later");
        fixture.Pass(TimeSpan.FromSeconds(25));
        Assert.All(stream.Messages, message => Assert.Empty(message.Entries));
        Assert.NotEmpty(stream.Messages);

        stream.Messages.Clear();
        Assert.True(fixture.Model.NegativeAcknowledge(session.Id, 2)!.Success);
        Assert.Equal(Range(2, 6), stream.AllNumbers());
    }

    [Fact]
    public void The_same_entries_are_sent_with_every_tick_until_they_are_acknowledged()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(3);
        (StockSession session, RecordingStream stream) = fixture.Open(0);
        fixture.PassTicks(3);
        Assert.Equal(3, stream.Messages.Count);
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Range(1, 3), stream.Numbers(i)));

        fixture.Model.Acknowledge(session.Id, 2);
        fixture.PassTicks(1);
        Assert.Equal([3UL], stream.Numbers(3));
        fixture.Model.Acknowledge(session.Id, 3);
        fixture.PassTicks(10);
        Assert.Equal(4, stream.Messages.Count);
    }

    [Fact]
    public void Without_the_repeating_quirk_each_entry_is_sent_once()
    {
        var fixture = new StockPrimaryFixture(
            new StockPrimaryOptions { Quirks = StockQuirks.All & ~StockQuirks.ResendsUntilAcknowledged });
        fixture.Fill(250);
        (_, RecordingStream stream) = fixture.Open(0);
        fixture.PassTicks(10);

        Assert.Equal(Range(1, 250), stream.AllNumbers());
    }

    [Fact]
    public void A_message_holds_at_most_one_hundred_entries()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(250);
        (_, RecordingStream stream) = fixture.Open(1);
        fixture.PassTicks(1);

        Assert.Equal(Range(1, 100), stream.Numbers(0));
        Assert.Equal(Range(2, 101), stream.Numbers(1));
    }

    [Fact]
    public void Ticks_keep_the_phase_that_the_stream_began_with_and_drop_what_was_missed()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Pass(TimeSpan.FromMilliseconds(30));
        fixture.Put("a");
        (_, RecordingStream stream) = fixture.Open(0);
        DateTimeOffset opened = fixture.Time.GetUtcNow();
        fixture.Time.SetUtcNow(opened + TimeSpan.FromMilliseconds(450));
        fixture.Model.RunDue();

        Assert.Single(stream.Messages);
        Assert.Equal(opened + TimeSpan.FromMilliseconds(500), fixture.Model.NextDue);
    }

    [Fact]
    public void Entries_over_the_send_limit_kill_the_stream_and_every_retry()
    {
        var fixture = new StockPrimaryFixture(new StockPrimaryOptions { SendLimit = 1000 });
        for (int i = 0; i < 5; i++)
        {
            fixture.Put($"k{i}", new string('v', 300));
        }

        for (int attempt = 0; attempt < 2; attempt++)
        {
            (_, RecordingStream stream) = fixture.Open(1);
            Assert.Equal(StatusCode.ResourceExhausted, stream.Ended!.Value.StatusCode);
            Assert.Matches(@"^trying to send message larger than max \(\d+ vs\. 1000\)$", stream.Ended.Value.Detail);
            Assert.Equal(0, fixture.Model.OpenStreams);
        }
    }

    [Fact]
    public void A_closed_stream_is_forgotten_at_once()
    {
        var fixture = new StockPrimaryFixture();
        (StockSession session, RecordingStream stream) = fixture.Open(0);
        fixture.Model.CloseStream(session);
        fixture.Put("a");
        fixture.PassTicks(3);

        Assert.Empty(stream.Messages);
        Assert.Empty(fixture.Model.GetNodeInfo()!.Replicas);
        Assert.Equal("Unknown session", fixture.Model.Acknowledge(session.Id, 1)!.Message);
    }
}
