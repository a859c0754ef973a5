using Kevo.Relay.Stock;

namespace Kevo.Relay.Tests.Stock;

/// <summary>Acknowledgements, positive and negative, with their exact texts; heartbeats; retention.</summary>
public sealed class StockAcknowledgementTests
{
    [Fact]
    public void A_lower_acknowledgement_is_accepted_and_ignored()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(5);
        (StockSession session, _) = fixture.Open(1);
        Assert.True(fixture.Model.Acknowledge(session.Id, 4)!.Success);
        Assert.True(fixture.Model.Acknowledge(session.Id, 2)!.Success);

        Assert.Equal(4UL, session.Acknowledged);
    }

    [Fact]
    public void An_acknowledgement_of_the_future_silences_the_ticks_until_the_log_gets_there()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(5);
        (StockSession session, RecordingStream stream) = fixture.Open(0);
        Assert.True(fixture.Model.Acknowledge(session.Id, 7)!.Success);
        fixture.PassTicks(5);
        Assert.Empty(stream.Messages);

        fixture.Fill(3, "live");
        Assert.Equal([6UL, 7UL, 8UL], stream.AllNumbers());
        fixture.PassTicks(1);
        Assert.Equal([8UL], stream.Numbers(3));
    }

    [Fact]
    public void Listening_from_zero_with_a_huge_acknowledgement_gets_each_single_write_once_and_never_reads_the_log()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(50);
        (StockSession session, RecordingStream stream) = fixture.Open(0);
        Assert.True(fixture.Model.Acknowledge(session.Id, 1UL << 62)!.Success);
        for (int i = 0; i < 20; i++)
        {
            fixture.Put($"live{i}");
            fixture.PassTicks(1);
        }

        Assert.Equal(Enumerable.Range(51, 20).Select(number => (ulong)number), stream.AllNumbers());
        Assert.Equal(0, fixture.Model.WalReads);
        Assert.Equal(1UL << 62, fixture.Model.GetNodeInfo()!.Replicas.Single().LastSequence);
    }

    [Fact]
    public void An_unknown_session_is_told_so_with_a_good_status()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Put("a");
        Assert.Equal(new StockReply(false, "Unknown session"), fixture.Model.Acknowledge("replica-1", 1));
        Assert.Equal(new StockReply(false, "Unknown session"), fixture.Model.NegativeAcknowledge("replica-1", 1));
        Assert.Equal(new StockReply(false, "Unknown session"), fixture.Model.Acknowledge(null, 1));
    }

    [Fact]
    public void Without_a_session_id_some_connected_session_is_hit()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Put("a");
        (StockSession session, _) = fixture.Open(0);

        Assert.True(fixture.Model.Acknowledge(null, 1)!.Success);
        Assert.Equal(1UL, session.Acknowledged);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(999)]
    public void Asking_above_the_last_number_finds_nothing(ulong from)
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(5);
        (StockSession session, _) = fixture.Open(0);

        Assert.Equal(
            new StockReply(false, $"Failed to resend entries: no entries found from sequence {from}"),
            fixture.Model.NegativeAcknowledge(session.Id, from));
    }

    [Fact]
    public void A_negative_acknowledgement_of_zero_sends_from_the_beginning_and_changes_no_state()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Fill(5);
        (StockSession session, RecordingStream stream) = fixture.Open(5);
        stream.Messages.Clear();

        Assert.True(fixture.Model.NegativeAcknowledge(session.Id, 0)!.Success);
        Assert.Equal([1UL, 2UL, 3UL, 4UL, 5UL], stream.Numbers(0));
        Assert.Equal(5UL, session.Acknowledged);
    }

    [Fact]
    public void A_negative_acknowledgement_of_too_much_is_refused_in_stock_words_and_kills_the_stream()
    {
        var fixture = new StockPrimaryFixture(new StockPrimaryOptions { SendLimit = 100 });
        fixture.Put("a", new string('v', 200));
        (StockSession session, RecordingStream stream) = fixture.Open(1UL << 62);

        StockReply reply = fixture.Model.NegativeAcknowledge(session.Id, 1)!;

        Assert.False(reply.Success);
        Assert.Matches(
            @"^Failed to resend entries: failed to resend entries: rpc error: code = ResourceExhausted desc = "
                + "trying to "
            + @"send message larger than max \(\d+ vs\. 100\)$",
            reply.Message);
        Assert.NotNull(stream.Ended);
    }

    [Fact]
    public void An_idle_stream_gets_a_heartbeat_every_ten_or_twenty_seconds()
    {
        var fixture = new StockPrimaryFixture();
        fixture.Pass(TimeSpan.FromSeconds(3));
        (_, RecordingStream stream) = fixture.Open(0);
        fixture.Pass(TimeSpan.FromMinutes(15));

        Assert.InRange(stream.Messages.Count, 15 * 60 / 20, 15 * 60 / 10);
        Assert.All(stream.Messages, message =>
        {
            Assert.Empty(message.Entries);
            Assert.False(message.Compressed);
        });
    }

    [Fact]
    public void A_stream_with_traffic_gets_no_heartbeat()
    {
        var fixture = new StockPrimaryFixture();
        (StockSession session, RecordingStream stream) = fixture.Open(0);
        for (int i = 0; i < 30; i++)
        {
            fixture.Put($"k{i}");
            fixture.Model.Acknowledge(session.Id, (ulong)i + 1);
            fixture.Pass(TimeSpan.FromSeconds(2));
        }

        Assert.DoesNotContain(stream.Messages, message => message.Entries.Count == 0);
    }

    [Fact]
    public void A_session_dropped_for_silence_is_forgotten_but_its_ticks_go_on()
    {
        var fixture = new StockPrimaryFixture(
            new StockPrimaryOptions { HeartbeatIdle = TimeSpan.FromHours(1) });
        (StockSession session, RecordingStream stream) = fixture.Open(0);
        fixture.Pass(TimeSpan.FromSeconds(41));
        Assert.Empty(fixture.Model.GetNodeInfo()!.Replicas);
        Assert.Equal("Unknown session", fixture.Model.Acknowledge(session.Id, 1)!.Message);

        fixture.Put("a");
        Assert.Empty(stream.Messages);
        fixture.PassTicks(1);
        Assert.Equal([1UL], stream.AllNumbers());
    }

    [Fact]
    public void An_acknowledgement_deletes_files_that_every_connected_replica_is_past()
    {
        StockPrimaryFixture fixture = WithTwoFiles();
        (StockSession session, _) = fixture.Open(12);
        fixture.Model.Acknowledge(session.Id, 11);
        Assert.Equal(1, fixture.Model.WalFiles);
    }

    [Fact]
    public void A_file_survives_until_its_highest_number_is_passed()
    {
        StockPrimaryFixture fixture = WithTwoFiles();
        (StockSession session, _) = fixture.Open(1);
        fixture.Model.Acknowledge(session.Id, 11);
        Assert.Equal(2, fixture.Model.WalFiles);
        fixture.Model.Acknowledge(session.Id, 12);
        Assert.Equal(1, fixture.Model.WalFiles);

        (_, RecordingStream late) = fixture.Open(6);
        Assert.Equal(12UL, late.Numbers(0).First());
    }

    [Fact]
    public void A_file_older_than_a_day_is_deleted_whoever_needs_it()
    {
        StockPrimaryFixture fixture = WithTwoFiles();
        (StockSession session, _) = fixture.Open(1);
        fixture.Time.Advance(TimeSpan.FromHours(25));
        fixture.Model.Acknowledge(session.Id, 1);

        Assert.Equal(1, fixture.Model.WalFiles);
    }

    [Fact]
    public void Session_ids_carry_the_clock_and_are_unique()
    {
        var fixture = new StockPrimaryFixture();
        string first = fixture.Open(0).Session.Id;
        string second = fixture.Open(0).Session.Id;

        Assert.Equal("replica-1735689600000000000", first);
        Assert.NotEqual(first, second);
    }

    private static StockPrimaryFixture WithTwoFiles()
    {
        var fixture = new StockPrimaryFixture(new StockPrimaryOptions { FileSizeForReuse = 1 });
        fixture.Fill(11);
        fixture.Model.Restart();
        fixture.Fill(3, "second");
        Assert.Equal(2, fixture.Model.WalFiles);
        return fixture;
    }
}
