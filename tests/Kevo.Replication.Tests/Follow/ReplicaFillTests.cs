using Kevo.Core;
using Kevo.Replication.Follow;
using Kevo.Replication.Session;
using Kevo.Replication.Tests.World;

namespace Kevo.Replication.Tests.Follow;

public sealed class ReplicaFillTests
{
    private static readonly CallReply Nothing =
        new(false, "Failed to resend entries: no entries found from sequence 1");

    /// <summary>A world whose primary answers questions with at most 100 entries of the history.</summary>
    private static ReplicaWorld NewWorld(List<byte[]> history)
    {
        ScriptedPrimary primary = new() { Relay = null };
        primary.Opened = session => session.AnswerNegativeAcknowledgement = from =>
        {
            byte[][] found = [.. history.Where(payload => Entries.SequenceOf(payload) >= from).Take(100)];
            if (found.Length == 0)
            {
                return Task.FromResult(Nothing);
            }

            session.Send(Entries.Message(found));
            return Task.FromResult(new CallReply(true, ""));
        };
        return new ReplicaWorld(new ReplicaOptions { Follow = FollowMode.Fill }, primary: primary).Start();
    }

    private static List<byte[]> NewHistory(int count) =>
        [.. Enumerable.Range(1, count).SelectMany(i => Entries.Transaction((ulong)i, i % 7 == 0 ? 30 : 1))];

    [Fact]
    public void The_history_is_asked_for_piece_by_piece_without_acknowledging_any_of_it()
    {
        List<byte[]> history = NewHistory(300);
        using ReplicaWorld world = NewWorld(history);
        Assert.Equal(0ul, Assert.Single(world.Primary.Requests).StartSequence);
        Assert.InRange(Assert.Single(world.Session.Acknowledged), 1ul << 62, (1ul << 62) + (1ul << 40));
        Assert.Equal(300ul, world.Replica.LastAppliedSequence);
        Assert.Equal(history.Count, world.Store.Entries.Count);
        Assert.Empty(world.Failures);
    }

    [Fact]
    public void A_transaction_is_fetched_at_the_next_live_write_or_when_the_primary_is_idle()
    {
        List<byte[]> history = NewHistory(3);
        using ReplicaWorld world = NewWorld(history);
        history.AddRange(Entries.Transaction(4, 5));
        history.Add(Entries.Put(5));
        world.Send(Entries.Broadcast(Entries.Put(5)));
        Assert.Equal(5ul, world.Replica.LastAppliedSequence);
        history.AddRange(Entries.Transaction(6, 5));
        world.Send(Entries.Heartbeat());
        Assert.Equal(6ul, world.Replica.LastAppliedSequence);
        Assert.Equal(history.Count, world.Store.Entries.Count);
    }

    [Fact]
    public void A_reopened_stream_is_asked_for_the_last_transaction_held_and_compared()
    {
        List<byte[]> history = NewHistory(10);
        using ReplicaWorld world = NewWorld(history);
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        history.Add(Entries.Put(11));
        world.Retry();
        Assert.Equal(10ul, world.Session.NegativelyAcknowledged[0]);
        Assert.Equal(11ul, world.Replica.LastAppliedSequence);
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        history[^1] = Entries.Put(11, "key-11", "other");
        world.Retry();
        Assert.Throws<DivergenceException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }

    [Fact]
    public void A_primary_that_lost_its_tail_answers_nothing_and_that_is_divergence()
    {
        List<byte[]> history = NewHistory(10);
        using ReplicaWorld world = NewWorld(history);
        world.Run(() => world.Session.Fail(new ConnectionException("cut")));
        history.Clear();
        world.Retry();
        Assert.Throws<DivergenceException>(() => world.Replica.Completion.GetAwaiter().GetResult());
    }
}
