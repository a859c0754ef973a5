using Grpc.Core;
using Kevo.Core;

namespace Kevo.Wire.Tests;

/// <summary>The metadata beside the messages: written, read back, and refused when it makes no sense.</summary>
public sealed class RelayHeadersTests
{
    [Fact]
    public void An_announcement_comes_back()
    {
        RelayAnnouncement sent = new()
        {
            NodeId = "relay-1.example_A",
            Epoch = 3,
            FirstSequence = 17,
            LastSequence = EntryLimits.LastSequence,
            Path = ["b", "c"],
        };
        Metadata headers = new() { { RelayHeaders.SessionId, "replica-1" } };
        sent.WriteTo(headers);

        RelayAnnouncement? read = RelayAnnouncement.Read(headers);

        Assert.NotNull(read);
        Assert.Equal(sent, read with { Path = sent.Path });
        Assert.Equal(sent.Path, read.Path);
        Assert.Equal("replica-1", RelayHeaders.ReadSessionId(headers));
        Assert.Equal("b,c", headers.GetValue("kevo-path"));
        Assert.Equal("1", headers.GetValue("kevo-relay"));
    }

    [Fact]
    public void A_stock_primary_announces_nothing() =>
        Assert.Null(RelayAnnouncement.Read(new Metadata { { "session-id", "replica-1700000000000000000" } }));

    [Fact]
    public void Following_in_a_circle_is_seen()
    {
        RelayAnnouncement relay = Valid() with { NodeId = "a", Path = ["b", "c"] };

        Assert.True(relay.LeadsTo("a"));
        Assert.True(relay.LeadsTo("c"));
        Assert.False(relay.LeadsTo("d"));
        Assert.False(relay.LeadsTo("A"));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(1, 1)]
    [InlineData(6, 5)]
    public void An_empty_history_is_a_history(ulong first, ulong last)
    {
        Metadata headers = [];
        (Valid() with { FirstSequence = first, LastSequence = last }).WriteTo(headers);

        Assert.Equal(last, RelayAnnouncement.Read(headers)?.LastSequence);
    }

    [Theory]
    [InlineData("kevo-relay", "2")]
    [InlineData("kevo-relay", "")]
    [InlineData("kevo-node-id", "")]
    [InlineData("kevo-node-id", "a b")]
    [InlineData("kevo-node-id", "a,b")]
    [InlineData("kevo-epoch", "0")]
    [InlineData("kevo-epoch", "-1")]
    [InlineData("kevo-epoch", " 1")]
    [InlineData("kevo-epoch", "1e3")]
    [InlineData("kevo-epoch", "18446744073709551616")]
    [InlineData("kevo-first-sequence", "x")]
    [InlineData("kevo-first-sequence", "0")]
    [InlineData("kevo-first-sequence", "102")]
    [InlineData("kevo-last-sequence", "18446744073709551615")]
    [InlineData("kevo-path", "a,,b")]
    [InlineData("kevo-path", "a;b")]
    public void A_value_that_makes_no_sense_is_refused(string name, string value)
    {
        Metadata headers = [];
        Valid().WriteTo(headers);
        Replace(headers, name, value);

        Assert.Throws<ProtocolException>(() => RelayAnnouncement.Read(headers));
    }

    [Theory]
    [InlineData("kevo-node-id")]
    [InlineData("kevo-epoch")]
    [InlineData("kevo-first-sequence")]
    [InlineData("kevo-last-sequence")]
    public void A_missing_or_doubled_header_is_named(string name)
    {
        Metadata without = [];
        Valid().WriteTo(without);
        Metadata doubled = [];
        Valid().WriteTo(doubled);
        doubled.Add(name, "1");
        Replace(without, name, null);

        Assert.Contains(name, Assert.Throws<ProtocolException>(() => RelayAnnouncement.Read(without)).Message,
            StringComparison.Ordinal);
        Assert.Contains(name, Assert.Throws<ProtocolException>(() => RelayAnnouncement.Read(doubled)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_receiver_would_refuse_is_not_sent()
    {
        Assert.Throws<ProtocolException>(() => (Valid() with { NodeId = "" }).WriteTo([]));
        Assert.Throws<ProtocolException>(() => (Valid() with { NodeId = new string('a', 65) }).WriteTo([]));
        Assert.Throws<ProtocolException>(() => (Valid() with { Epoch = 0 }).WriteTo([]));
        Assert.Throws<ProtocolException>(() => (Valid() with { Path = [.. new string[33]] }).WriteTo([]));
        Assert.Throws<ProtocolException>(() => new ReplicaAnnouncement("a b", 1).WriteTo([]));
    }

    [Fact]
    public void A_replica_says_who_it_is_and_where_it_stands()
    {
        Metadata headers = [];
        new ReplicaAnnouncement("replica-7", 0).WriteTo(headers);

        Assert.Equal(new ReplicaAnnouncement("replica-7", 0), ReplicaAnnouncement.Read(headers));
        Assert.Null(ReplicaAnnouncement.Read([]));
        Assert.Throws<ProtocolException>(() => ReplicaAnnouncement.Read(new Metadata { { "kevo-node-id", "a" } }));
        Assert.Throws<ProtocolException>(() => ReplicaAnnouncement.Read(new Metadata { { "kevo-epoch", "1" } }));
    }

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    public void An_unusable_session_id_is_refused(string session) =>
        Assert.Throws<ProtocolException>(() => RelayHeaders.ReadSessionId(new Metadata { { "session-id", session } }));

    [Fact]
    public void A_long_value_is_shortened_in_the_message()
    {
        Metadata headers = new() { { "session-id", new string('a', 5000) } };

        Assert.InRange(
            Assert.Throws<ProtocolException>(() => RelayHeaders.ReadSessionId(headers)).Message.Length, 1, 200);
    }

    [Fact]
    public void No_session_id_is_no_error() => Assert.Null(RelayHeaders.ReadSessionId([]));

    private static RelayAnnouncement Valid() =>
        new() { NodeId = "relay", Epoch = 1, FirstSequence = 1, LastSequence = 100, Path = ["up"] };

    private static void Replace(Metadata headers, string name, string? value)
    {
        foreach (Metadata.Entry entry in headers.GetAll(name).ToArray())
        {
            headers.Remove(entry);
        }

        if (value is not null)
        {
            headers.Add(name, value);
        }
    }
}
