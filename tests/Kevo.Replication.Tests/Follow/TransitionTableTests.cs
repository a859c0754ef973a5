using Kevo.Replication.Follow;
using static Kevo.Replication.Follow.ReplicaState;

namespace Kevo.Replication.Tests.Follow;

public sealed class TransitionTableTests
{
    /// <summary>The table as it was founded, written down a second time on purpose.</summary>
    private static readonly Dictionary<ReplicaState, ReplicaState[]> Founded = new()
    {
        [Connecting] = [StreamingEntries, Error],
        [StreamingEntries] = [ApplyingEntries, WaitingForData, Error],
        [ApplyingEntries] = [FsyncPending, Error],
        [FsyncPending] = [Acknowledging, Error],
        [Acknowledging] = [StreamingEntries, WaitingForData, Error],
        [WaitingForData] = [StreamingEntries, WaitingForData, Error],
        [Error] = [Connecting],
    };

    public static TheoryData<ReplicaState, ReplicaState> Pairs()
    {
        TheoryData<ReplicaState, ReplicaState> pairs = [];
        foreach (ReplicaState from in Enum.GetValues<ReplicaState>())
        {
            foreach (ReplicaState to in Enum.GetValues<ReplicaState>())
            {
                pairs.Add(from, to);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Each_pair_of_states_is_legal_exactly_when_the_table_says_so(ReplicaState from, ReplicaState to)
    {
        bool legal = Founded[from].Contains(to);
        Assert.Equal(legal, TransitionTable.IsLegal(from, to));
        if (legal)
        {
            TransitionTable.EnsureLegal(from, to);
        }
        else
        {
            IllegalTransitionException refused =
                Assert.Throws<IllegalTransitionException>(() => TransitionTable.EnsureLegal(from, to));
            Assert.Equal((from, to), (refused.From, refused.To));
            Assert.Contains(from.ToName(), refused.Message, StringComparison.Ordinal);
            Assert.Contains(to.ToName(), refused.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void There_are_seven_states_with_the_founding_names()
    {
        Assert.Equal(
            ["CONNECTING", "STREAMING_ENTRIES", "APPLYING_ENTRIES", "FSYNC_PENDING", "ACKNOWLEDGING",
                "WAITING_FOR_DATA", "ERROR"],
            Enum.GetValues<ReplicaState>().Select(state => state.ToName()));
    }
}
